import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.rights.licenses import NONCOMMERCIAL, conditions
from transforms.rights.wording import known_code, licence_link, licence_of, names_only_others

BY = "http://creativecommons.org/licenses/by/4.0/"

with (Path(__file__).parent / "statements.tsv").open(newline="") as _file:
    #: Statements of our own in six languages, each with the code that they grant; ¦ parts the texts of one article.
    STATEMENTS = [
        (row["statements"].split(" ¦ "), row["code"] or None)
        for row in csv.DictReader(_file, delimiter="\t", quoting=csv.QUOTE_NONE)
    ]


@pytest.mark.parametrize(("texts", "code"), STATEMENTS, ids=[" ".join(texts)[:60] for texts, _ in STATEMENTS])
def test_statements(texts, code):
    assert licence_of(texts) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://creativecommons.org/licenses/by/2.0", "CC BY"),
        ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "CC BY-NC-ND"),
        ("creativecommons.org/licenses/by-sa/3.0/igo/legalcode", "CC BY-SA"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0"),
        ("http://creativecommons.org/publicdomain/mark/1.0/", "CC0"),
        ("CC BY-NC-SA 4.0", "CC BY-NC-SA"),
        ("CC-BY", "CC BY"),
        ("the Creative Commons Attribution License, which permits unrestricted use", "CC BY"),
        ("the Creative Commons by Attribution (CC-BY) license", "CC BY"),
        ("a Creative Commons License (Attribution 4.0 International)", "CC BY"),
        ("Creative Commons Attribution-NonCommercial 4.0 International", "CC BY-NC"),
        ("Creative Commons Attribution Non-Commercial No Derivatives licence", "CC BY-NC-ND"),
        ("Creative Commons Attribution-Noncommercial-Share Alike 3.0", "CC BY-NC-SA"),
        ("Creative Commons Attribution License (CC BY-NC)", "CC BY-NC"),
        ("the Creative Commons CC0 public domain dedication", "CC0"),
        ("the Creative Commons Public Domain Dedication, used by anyone", "CC0"),
        ("CC BY 4.0. CC0 (https://creativecommons.org/licenses/by/4.0/) holds for the data", "CC BY"),
    ],
)
def test_wording_and_addresses(text, code):
    assert known_code(text) == licence_of([text]) == code


@pytest.mark.parametrize("code", [*sorted(NONCOMMERCIAL), "TDM"])
def test_a_code_is_itself(code):
    assert known_code(code) == code
    assert known_code(code.lower().replace(" ", "-")) == code


@pytest.mark.parametrize(
    "text", [None, "", "NO-CC CODE", "CC BY-XX", "All rights reserved", "by the authors", "© 2020 by Wiley"]
)
def test_no_known_licence(text):
    assert known_code(text) is None


def test_what_is_said_of_a_figure_holds_for_the_figure_only():
    words = "This figure is licensed under CC BY-NC 4.0; the data are under CC0."
    assert licence_of([words], of_picture=True) == "CC BY-NC"
    assert licence_of([BY, words]) == "CC BY"


def test_an_unknown_name_is_told_by_a_narrower_one_only():
    cut = "http://creativecommons.org/licenses/by-n/4.0/"
    assert licence_of([cut]) is None
    assert licence_of([cut, "CC BY"]) is None
    assert licence_of([cut, "Creative Commons Attribution-NonCommercial"]) == "CC BY-NC"


@pytest.mark.parametrize(
    ("text", "only_others"),
    [
        ("Data are available under CC0.", True),
        ("This article will be published under CC BY in 2031.", True),
        ("This article is published under CC BY; its data under CC0.", False),
        ("© 2020 The authors", False),
    ],
)
def test_whether_only_others_are_named(text, only_others):
    assert names_only_others(text) is only_others


@pytest.mark.parametrize(
    ("code", "texts", "link"),
    [
        ("CC BY", ["Creative Commons Attribution License"], "licenses/by/4.0/"),
        ("CC BY", ["Creative Commons Attribution 3.0 Unported"], "licenses/by/3.0/"),
        ("CC BY-NC", ["Creative Commons Attribution-NonCommercial 2.5"], "licenses/by-nc/2.5/"),
        ("CC BY", ["http://creativecommons.org/licenses/by/2.0/uk/legalcode"], "licenses/by/2.0/uk/"),
        ("CC BY", ["https://creativecommons.org/licenses/by/4.0/legalcode.de"], "licenses/by/4.0/"),
        (
            "CC BY-NC",
            ["http://creativecommons.org/licenses/by/3.0/us/", "For non-commercial use."],
            "licenses/by-nc/3.0/",
        ),
        ("CC BY", ["CC0 holds for data", "Licensed under CC BY 4.0, but CC0 1.0 is for data"], "licenses/by/4.0/"),
        ("CC0", ["CC0"], "publicdomain/zero/1.0/"),
        ("CC0", ["http://creativecommons.org/publicdomain/mark/1.0/"], "publicdomain/mark/1.0/"),
    ],
)
def test_the_address_has_the_version_that_is_stated(code, texts, link):
    assert licence_link(code, texts) == f"https://creativecommons.org/{link}"


def test_mining_only_has_no_address():
    assert licence_link("TDM", []) is None


grants = st.sampled_from([texts for texts, code in STATEMENTS if code in NONCOMMERCIAL])


@given(st.lists(grants, min_size=1, max_size=4))
def test_more_evidence_never_frees(several):
    together = licence_of([text for texts in several for text in texts])
    asked = frozenset().union(*(conditions(licence_of(texts) or "CC0") for texts in several))
    assert together is None or asked - {"SA"} <= conditions(together)


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    assert licence_of([text]) in {None, "TDM", *NONCOMMERCIAL}


#: What the licences are called, and how a sentence names one: {} is for the name and the code behind it.
NAMES = [
    (
        "Attribution",
        "NonCommercial",
        "NoDerivatives",
        "ShareAlike",
        "This article is under the Creative Commons {} 4.0.",
    ),
    ("Attribution", "Non-Commercial", "No Derivative Works", "Share Alike", "Creative Commons {}"),
    (
        "Attribution",
        "Pas d'Utilisation Commerciale",
        "Pas de Modification",
        "Partage dans les Mêmes Conditions",
        "Cet article est publié sous licence Creative Commons {} 4.0 International.",
    ),
    (
        "Paternité",
        "Pas d'Utilisation Commerciale",
        "Pas de Travaux Dérivés",
        "Partage à l'Identique",
        "Mis à disposition sous licence {} (Creative Commons 3.0)",
    ),
    (
        "Reconocimiento",
        "NoComercial",
        "SinObraDerivada",
        "CompartirIgual",
        "Este artículo está bajo una licencia Creative Commons {} 4.0 Internacional.",
    ),
    ("Atribución", "No Comercial", "Sin Derivadas", "Compartir Igual", "Publicado bajo licencia Creative Commons: {}"),
    ("Atribuição", "NãoComercial", "SemDerivações", "CompartilhaIgual", "Licença Creative Commons {}, no Brasil."),
    (
        "Atribuição",
        "Uso Não Comercial",
        "Sem Derivados",
        "Partilha nos Termos da Mesma Licença",
        "Este artigo está licenciado sob uma Licença Creative Commons {}.",
    ),
    (
        "Namensnennung",
        "Nicht kommerziell",
        "Keine Bearbeitungen",
        "Weitergabe unter gleichen Bedingungen",
        "Dieser Beitrag ist lizenziert unter einer Creative Commons {} 4.0 International Lizenz.",
    ),
    (
        "Attribuzione",
        "Non commerciale",
        "Non opere derivate",
        "Condividi allo stesso modo",
        "Quest'opera è distribuita con Licenza Creative Commons {} 4.0 Internazionale.",
    ),
]


@given(
    st.sampled_from(NAMES),
    st.sampled_from([code for code in NONCOMMERCIAL if code != "CC0"]),
    st.sampled_from(["-", " - ", " – ", "‐", ", ", " "]),
    st.booleans(),
)
def test_names_in_six_languages(names, code, separator, with_code):
    by, nc, nd, sa, sentence = names
    words = {"BY": by, "NC": nc, "ND": nd, "SA": sa}
    name = separator.join(words[each] for each in code.removeprefix("CC ").split("-"))
    assert licence_of([sentence.format(f"{name} ({code})" if with_code else name)]) == code


def test_a_licence_of_an_own_making_has_no_code():
    """However much its terms are like those of one of Creative Commons."""
    words = "The article may be copied and distributed for non-commercial purposes, provided that it is credited."
    assert licence_of([words]) is None
