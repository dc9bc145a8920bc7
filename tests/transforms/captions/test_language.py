"""Languages: of captions that people wrote, of short ones, and against what an article states."""

import pytest

from transforms.captions.language import LANGUAGES, known_languages, language_of

CAPTIONS = {
    "en": [
        "Axial CT scan of the chest.",
        "Chest X-ray on admission showing bilateral infiltrates.",
        "H&E staining, original magnification x400.",
    ],
    "pt": [
        "Radiografia de tórax em incidência posteroanterior.",
        "Tomografia computadorizada de abdome mostrando lesão hepática.",
        "Distribuição dos pacientes segundo o sexo e a idade.",
    ],
    "es": [
        "Radiografía de tórax que muestra infiltrados bilaterales.",
        "Distribución de los pacientes según sexo y edad.",
        "Resonancia magnética de rodilla.",
    ],
    "fr": [
        "Scanner abdominal avec injection montrant une lésion hépatique.",
        "Coupe histologique colorée à l'hématoxyline-éosine.",
        "Répartition des patients selon l'âge et le sexe.",
    ],
    "de": [
        "Röntgenaufnahme des Thorax in zwei Ebenen.",
        "Histologischer Schnitt, Hämatoxylin-Eosin-Färbung, Vergrößerung 400-fach.",
        "Verteilung der Patienten nach Alter und Geschlecht.",
    ],
    "it": ["Radiografia del torace in proiezione antero-posteriore.", "Distribuzione dei pazienti per età e sesso."],
    "zh": ["胸部CT示双肺多发结节。", "不同处理组细胞凋亡率的比较。"],
    "ru": ["Компьютерная томография брюшной полости с контрастированием.", "Кривые выживаемости Каплана–Майера."],
}
PAIRS = [(code, caption) for code, captions in CAPTIONS.items() for caption in captions]


@pytest.mark.parametrize("stated", ["", "en", "own"])
@pytest.mark.parametrize(("code", "caption"), PAIRS)
def test_words_tell_whatever_the_article_states(code, caption, stated):
    assert language_of(caption, code if stated == "own" else stated) == code


@pytest.mark.parametrize("caption", ["", "Figure 1", "(A) (B)", "H&E", "TNF-α", "MRT", "12", "Funnel plot."])
def test_what_is_too_short_is_as_the_article_states(caption):
    assert language_of(caption) is None
    assert language_of(caption, "pt") == "pt"


@pytest.mark.parametrize(("stated", "code"), [("jp", "ja"), ("nb", "no"), ("eng", "en"), ("zxx", None), ("la", None)])
def test_codes_that_are_stated_are_those_of_iso(stated, code):
    assert language_of("Fig. 1", stated) == code


def test_languages_that_a_recipe_names():
    assert known_languages(["pt", "en", "pt"]) == ("en", "pt")
    assert len(set(LANGUAGES)) == len(LANGUAGES)
    with pytest.raises(ValueError, match="did you mean en"):
        known_languages(["eng"])
