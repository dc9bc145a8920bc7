"""Credits: which sentences claim rights in a picture, which only name where it comes from, and which do neither."""

import pytest

from transforms.rights.credit_words import CLAIMS, NAME, SIGN, SOURCES
from transforms.rights.credits import Claim, classify, find_credits, statement
from transforms.sentences import sentences

CLAIMING = [
    "Reprinted with permission from Elsevier.",
    "Reprinted by permission of the publisher (Taylor & Francis Ltd).",
    "Used with kind permission of the artist.",
    "Permission to reuse was granted by Oxford University Press.",
    "Reproduced with the consent of the British Museum.",
    "Figure used under licence from Shutterstock.",
    "Licensed under CC BY-SA 3.0 via Commons.",
    "Image in the public domain.",
    "© 2014 Elsevier.",
    "(c) 2015 Wiley Periodicals.",
    "Copyright 2002, World Health Organization.",
    "All rights reserved.",
    "Ⓒ 2004 Elsevier.",
    "This image has been excluded from the open access licence.",
    "Credit: Getty Images, licence 1234567.",
    "This figure may not be reproduced without the publisher.",
    "A patient's hand, from Smith et al. [4], with permission.",
    "Courtesy of Dr. Smith; used with permission.",
    "Reproduit avec la permission de Masson.",
    "Avec l'aimable autorisation de l'Institut Pasteur.",
    "© INRA, tous droits réservés.",
    "Reproducido con permiso de Elsevier España.",
    "Con autorización del autor.",
    "Todos los derechos reservados.",
    "Reproduzido com permissão da Editora Atheneu.",
    "Com autorização do Museu Nacional.",
    "Todos os direitos reservados.",
    "Mit freundlicher Genehmigung des Springer-Verlags.",
    "Abdruck mit Erlaubnis des Thieme Verlags.",
    "Alle Rechte vorbehalten.",
    "Riprodotto con il permesso di Edra.",
    "Tutti i diritti riservati.",
    "Per gentile concessione del museo; riproduzione vietata.",
    "Avec l'accord de l'éditeur.",
]
NAMING = [
    "Adapted from [23].",
    "Modified from Smith et al. (2010).",
    "Reproduced from Canepa et al.",
    "Reproduced in part from Yang et al.",
    "Adapted/modified from: Ministry of Health.",
    "Curves were digitized from Figure 2 of Rossi et al. (11).",
    "Ribbon diagram, after Shaanan (1983).",
    "Image courtesy of NASA.",
    "Photo: J. M. Saarela.",
    "Photo by John Smith Jones.",
    "Image credit: U.S. Geological Survey.",
    "Source: FAOSTAT.",
    "Map of the region (source: OpenStreetMap).",
    "The image was kindly provided by Dr. Jones.",
    "A model of values (taken from Schwartz, 1994).",
    "Fiji Red Cross Society",
    "D'après Dupont et al.",
    "Adapté de Martin (2001).",
    "Tomado de García et al.",
    "Adaptado de Pérez.",
    "Fuente: Instituto Nacional de Estadística.",
    "Retirado de Silva (2010).",
    "Fonte: IBGE.",
    "Modifiziert nach Müller.",
    "Quelle: Statistisches Bundesamt.",
    "Per gentile concessione del Museo Egizio.",
    "Tratto da Rossi.",
]
NEITHER = [
    "Data were obtained from the UK Biobank with permission.",
    "Published with permission of the patient.",
    "The patient gave written permission for publication of this image.",
    "Written informed consent was obtained from the parents.",
    "With the patient's permission, a biopsy was taken.",
    "Photographs are shown with the consent of the patient and her family.",
    "Con el permiso de los padres.",
    "Avec l'accord du patient.",
    "Mit Einwilligung der Patientin.",
    "Samples were collected with permission from the national park.",
    "Permission to conduct the study was given by the ethics committee.",
    "Licensed NK cells respond to targets that lack MHC.",
    "Animals were kept under a Home Office licence.",
    "Analysed with Prism© 9.",
    "Skin biopsies taken from patients in which an increase was observed.",
    "The protocol was adapted from [12].",
    "Serum taken from the mice before immunization.",
    "Source data are provided as a Source Data file.",
    "Source: own elaboration.",
    "The effect was reproduced in three experiments.",
    "Cells adapted to low pH.",
    "(a) Control, (b) 2013, (c) 2015.",
    "Abbreviations: TG, TEAS group; CG, control group.",
    "The light source was a laser.",
    "Informed consent and permission to publish these photographs were obtained from the patient's mother.",
    "Mean courtesy-stigma scores by group.",
    "Biopsia con permiso del comité de ética.",
    "The annotation is adapted from De Meyer et al. [120].",
    "GFP-only data reproduced from Fig 2 for clarity.",
]


KINDS = {"claims": CLAIMING, "source": NAMING, "neither": NEITHER}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in KINDS.items() for text in texts])
def test_a_sentence_claims_rights_or_names_a_source_or_does_neither(kind: str, text: str) -> None:
    assert classify(text) == kind


def test_every_pattern_is_reached_by_its_signs() -> None:
    for text in (*CLAIMING, *NAMING):
        small = f". {text.lower()}"
        assert SIGN.search(small), text
        for signs, pattern in (*CLAIMS, *SOURCES):
            assert not pattern.search(text) or any(sign in small for sign in signs), (text, signs)
    assert all(SIGN.search(f". {sign}") for words in (*CLAIMS, *SOURCES, NAME) for sign in words.signs)


@pytest.mark.parametrize(
    ("text", "panels"),
    [
        ("Panel B is reproduced with permission from Elsevier.", ("B",)),
        ("Panels B-D were reprinted with permission.", ("B", "C", "D")),
        ("(B, C) reprinted with permission from [3].", ("B", "C")),
        ("(a) Reproduced with permission [69].", ("a",)),
        ("b) © 2014 Elsevier.", ("b",)),
        ("Images in A and C courtesy of X, with permission.", ("A", "C")),
        ("Panel A reproduced with permission from X; panel B © Y.", ("A", "B")),
        ("Abbildung B mit freundlicher Genehmigung des Verlags.", ("B",)),
        ("Reproduced with permission from Elsevier.", ()),
        ("A reproduction with permission.", ()),
        ("Reproduced with permission, except panel D.", ()),
        ("Figure reproduced with permission; panel B was modified.", ()),
        ("All panels but panel B are reproduced with permission.", ()),
        ("Panel B is reproduced with permission; © 2014 Elsevier for all.", ("B",)),
        ("Reproduced with permission. Panel B is © Elsevier.", ()),
        ("Panel A is reproduced from ref. 1, and panel B from ref. 2, with permission.", ()),
        ("Panel A is reproduced with permission, as are panels C and D.", ()),
        ("Panel A is reproduced with permission from X, and Part B, from Y.", ()),
        ("(a) © Elsevier, (c) © Wiley.", ("a", "c")),
    ],
)
def test_a_claim_names_panels_only_where_all_of_it_is_about_them(text: str, panels: tuple[str, ...]) -> None:
    assert statement(text).panels == panels


def test_sentences_that_go_on_with_a_claim_are_part_of_it() -> None:
    caption = (
        "(A) A cell. (B) Its wall. Panel B is reproduced from WHO, 2015 with permission. Further reproduction of this "
        "panel would need permission. Scale bar, 5 µm. © 2019 Smith. Licensed under CC BY 4.0."
    )
    found = find_credits(caption)
    assert found.claims == [
        Claim(
            "Panel B is reproduced from WHO, 2015 with permission. Further reproduction of this panel would need "
            "permission.",
            None,
            ("B",),
        ),
        Claim("© 2019 Smith. Licensed under CC BY 4.0.", "CC BY", ()),
    ]


@pytest.mark.parametrize(
    ("caption", "licenses"),
    [
        ("Reproduced with permission from Alpha. Reproduced from Beta under CC BY 4.0.", [None, "CC BY"]),
        ("Panel A reproduced with permission of Alpha; panel B under CC BY 4.0.", [None, "CC BY"]),
        ("© 2011 Macmillan; © 2015 Smith, CC BY 4.0.", [None, "CC BY"]),
        ("Reproduced with permission [2]. Copyright 2014, ACS.", [None]),
        ("© 2019 Smith. Licensed under CC BY 4.0.", ["CC BY"]),
    ],
)
def test_a_licence_counts_for_the_claim_that_names_it_alone(caption: str, licenses: list[str | None]) -> None:
    assert [claim.license for claim in find_credits(caption).claims] == licenses


def test_sources_are_kept_as_text() -> None:
    assert find_credits("A map. Adapted from [23]. Photo: J. Doe.").source == "Adapted from [23]. Photo: J. Doe."
    assert find_credits("A plain caption of a cell.") == ([], None)


def test_a_sentence_ends_behind_its_reference_and_not_in_an_abbreviation() -> None:
    assert sentences("Reproduced with permission.52 Copyright 2017, ACS. See Fig. 2 of Smith et al. (2014).") == [
        "Reproduced with permission.52",
        "Copyright 2017, ACS.",
        "See Fig. 2 of Smith et al. (2014).",
    ]


def test_a_sentence_ends_before_the_letter_of_a_panel():
    caption = "a) Liver. Reproduced with permission. Copyright 2025, ACS. b) A lung. c) Reproduced with permission."
    assert find_credits(caption).claims == [
        Claim("Reproduced with permission. Copyright 2025, ACS.", None),
        Claim("c) Reproduced with permission.", None, ("c",)),
    ]


def test_a_licence_is_for_the_panels_of_its_clause():
    caption = "Panel A was adapted with permission from X, and panel B was adapted from Y under CC BY 4.0."
    assert find_credits(caption).claims == [
        Claim("Panel A was adapted with permission from X,", None, ("A",)),
        Claim("and panel B was adapted from Y under CC BY 4.0.", "CC BY", ("B",)),
    ]
