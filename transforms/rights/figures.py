"""The rights of a picture: what its claims grant, else what its article does."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from transforms.rights.licenses import narrowest
from transforms.rights.panel_names import names, names_for_sure
from transforms.rights.wording import licence_link

#: An ARTICLE struct, an entry of the column `claims`.
Struct = Mapping[str, Any]


class Rights(NamedTuple):
    """A licence (null where none is granted), its address, and the credit that a redistributor must carry."""

    license: str | None
    license_url: str | None
    attribution: str | None


def rights_of(article: Struct, claims: Iterable[Struct], label: str | None = None) -> Rights:
    """The rights of a panel that has the letter `label`; without one, of the whole figure, or of a panel not known.

    Claims rule over the article, the narrowest of several. Where they name panels, and the picture may show others too,
    the article's rights are among them.
    """
    held = [claim for claim in claims if names(claim["panels"], label)]
    if not held:
        return Rights(article["license"], article["license_url"], article["attribution"])
    shared = all(claim["panels"] and not names_for_sure(claim["panels"], label) for claim in held)
    stated = [*([article] if shared else ()), *held]
    codes = [each["license"] for each in stated]
    license = None if None in codes else narrowest(codes)
    credits = [*([article["attribution"]] if shared else ()), *(claim["text"] for claim in held)]
    texts = [*(claim["text"] for claim in held), *filter(None, [article["license_url"] if shared else None])]
    url = license and licence_link(license, texts, of_picture=True)
    credit = " ".join(dict.fromkeys(filter(None, credits)))
    if url and url.partition("//")[2].rstrip("/") not in credit:
        credit += f" ({license}, {url})"
    return Rights(license, url, credit)


def is_noderivatives(license: str | None) -> bool:
    """Whether a licence permits no derivative, which a crop is."""
    return license is not None and license.endswith("-ND")
