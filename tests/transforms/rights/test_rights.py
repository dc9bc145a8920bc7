"""The rights of a picture: claims rule over the article, for the panels that they name."""

import pytest

from transforms.rights.figures import is_noderivatives, rights_of

LINK = "https://creativecommons.org/licenses/by/4.0/"
ARTICLE = {"license": "CC BY", "license_url": LINK, "attribution": f"Doe. A title. (CC BY, {LINK})"}


def claim(text: str, license: str | None = None, *panels: str) -> dict[str, object]:
    return {"text": text, "license": license, "panels": list(panels)}


def test_without_a_claim_the_articles_rights_hold() -> None:
    assert rights_of(ARTICLE, []) == ("CC BY", LINK, ARTICLE["attribution"])


def test_a_claim_rules_and_is_the_credit() -> None:
    assert rights_of(ARTICLE, [claim("© Elsevier.")]) == (None, None, "© Elsevier.")
    assert rights_of(ARTICLE, [claim("© Smith. CC BY-NC 3.0", "CC BY-NC")]) == (
        "CC BY-NC",
        "https://creativecommons.org/licenses/by-nc/3.0/",
        "© Smith. CC BY-NC 3.0 (CC BY-NC, https://creativecommons.org/licenses/by-nc/3.0/)",
    )


def test_the_narrowest_of_several_claims_holds() -> None:
    assert rights_of(ARTICLE, [claim("a", "CC BY-NC"), claim("b", "CC BY-SA")]).license == "CC BY-NC-SA"
    assert rights_of(ARTICLE, [claim("a", "CC BY-NC"), claim("b")]).license is None


@pytest.mark.parametrize(
    ("label", "license"), [("A", "CC BY"), ("B", None), ("b", None), ("B2", None), (None, None), ("2", None)]
)
def test_a_claim_holds_for_the_panels_that_it_names(label: str | None, license: str | None) -> None:
    assert rights_of(ARTICLE, [claim("Panel B © Elsevier.", None, "B")], label).license == license


def test_the_whole_figure_is_under_the_article_and_every_claim() -> None:
    article = ARTICLE | {"license": "CC BY-NC"}
    rights = rights_of(article, [claim("Panel B under CC BY-SA.", "CC BY-SA", "B")])
    assert rights.license == "CC BY-NC-SA"
    assert str(rights.attribution).startswith("Doe. A title.")
    assert rights_of(article, [claim("Panel B under CC BY-SA.", "CC BY-SA", "B")], "B").license == "CC BY-SA"


def test_licences_that_permit_no_derivatives() -> None:
    assert [is_noderivatives(code) for code in ("CC BY-ND", "CC BY-NC-ND", "CC BY", None)] == [True, True, False, False]
