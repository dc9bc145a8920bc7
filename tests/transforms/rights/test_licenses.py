import pytest

from transforms.rights.licenses import admitted, normalise

CODES = ["CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND", "TDM"]


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_itself(code):
    assert normalise(code) == code
    assert normalise(code.lower().replace(" ", "-")) == code


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
    assert normalise(text) == code


@pytest.mark.parametrize("text", [None, "", "NO-CC CODE", "All rights reserved", "by the authors", "© 2020 by Wiley"])
def test_no_known_licence(text):
    assert normalise(text) is None


def test_groups():
    assert [code for code in CODES if admitted(code, "commercial")] == ["CC0", "CC BY", "CC BY-SA", "CC BY-ND"]
    assert [code for code in CODES if admitted(code, "noncommercial")] == CODES[:-1]
    assert all(admitted(code, "all") for code in [*CODES, None])
    assert not admitted(None, "noncommercial")
