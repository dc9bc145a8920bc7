"""Statements of real articles, judged by reading them, against what is read of them.

The statements are others' texts and stay outside: a line of shared/data/rights is known by its digest.
"""

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest
from lxml import etree

from tests.conftest import SHARED
from transforms.jats.permissions import statements
from transforms.rights.licenses import conditions
from transforms.rights.wording import licence_of

XLINK, ALI = "{http://www.w3.org/1999/xlink}", "{http://www.niso.org/schemas/ali/1.0/}"

#: Judged as CC BY-NC by what its words allow; it names no licence of Creative Commons, so no code is read of it.
NAMES_NO_LICENCE = "da4de06e27f44934770a085a03b0fd813ce59c90b18e2637b3a68908f291029c"


def digest(stated: list[dict]) -> str:
    text = json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def article_meta(stated: list[dict]) -> etree._Element:
    """The JATS of an article's statements."""
    meta = etree.Element("article-meta")
    permissions = etree.SubElement(meta, "permissions")
    for each in stated:
        if not (each["attributes"] or each["links"]) and re.match(
            r"\W*(copyright|©|\(c\))", each["text"], re.IGNORECASE
        ):
            etree.SubElement(permissions, "copyright-statement").text = each["text"]
            continue
        license = etree.SubElement(permissions, "license")
        for name, value in each["attributes"].items():
            license.set(XLINK + name if name == "href" else name, value)
        text = each["text"]
        for reference in each["refs"]:
            element = etree.SubElement(license, ALI + "license_ref")
            element.text = reference.get("text")
            element.attrib.update({name: value for name, value in reference.items() if name != "text"})
            text = text.removeprefix(element.text or "")
        words = etree.SubElement(license, "license-p")
        words.text = text
        for link in dict.fromkeys(each["links"]):
            if link not in text:
                etree.SubElement(words, "ext-link").set(f"{XLINK}href", link)
    return meta


def test_the_judged_statements():
    path = SHARED / "data" / "rights" / "article_licenses.jsonl"
    if not path.is_file():
        pytest.skip("the licence statements of shared/data/rights are not here")
    with (Path(__file__).parent / "judged.tsv").open(newline="") as file:
        judged = {row["statements_sha256"]: row["code"] or None for row in csv.DictReader(file, delimiter="\t")}
    read = {}
    for line in path.read_text().splitlines():
        stated = json.loads(line)["statements"]
        read[digest(stated)] = licence_of(statements(article_meta(stated)))
    assert read.keys() == judged.keys()
    wrong = {key for key, code in read.items() if code != judged[key]}
    assert wrong <= {NAMES_NO_LICENCE}
    assert not [key for key in wrong if too_free(read[key], judged[key])]


def too_free(code: str | None, truth: str | None) -> bool:
    """True if a code admits what the truth does not."""
    return code is not None and (truth is None or not conditions(code) >= conditions(truth))
