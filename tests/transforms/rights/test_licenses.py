from itertools import permutations

import pytest

from transforms.rights.licenses import admitted, code_of, conditions, narrowest

CODES = ["CC0", "CC BY", "CC BY-SA", "CC BY-ND", "CC BY-NC", "CC BY-NC-SA", "CC BY-NC-ND", "TDM"]


@pytest.mark.parametrize("code", CODES[:-1])
def test_a_code_is_what_it_asks_for(code):
    assert code_of(conditions(code)) == code


@pytest.mark.parametrize(
    ("codes", "narrower"),
    [
        ([], None),
        (["CC BY"], "CC BY"),
        (["CC0", "CC BY"], "CC BY"),
        (["CC BY", "CC BY-NC-ND"], "CC BY-NC-ND"),
        (["CC BY-SA", "CC BY-NC"], "CC BY-NC-SA"),
        (["CC BY-SA", "CC BY-ND"], "CC BY-ND"),
        (["CC BY-NC-SA", "CC BY-ND"], "CC BY-NC-ND"),
        (["CC0", "TDM"], "TDM"),
    ],
)
def test_the_narrowest_admits_what_all_admit(codes, narrower):
    assert {narrowest(order) for order in permutations(codes)} == {narrower}


def test_groups():
    assert [code for code in CODES if admitted(code, "commercial")] == ["CC0", "CC BY", "CC BY-SA", "CC BY-ND"]
    assert [code for code in CODES if admitted(code, "noncommercial")] == CODES[:-1]
    assert all(admitted(code, "all") for code in [*CODES, None])
    assert not admitted(None, "noncommercial")


@pytest.mark.parametrize("unknown", ["CC BY-XX", "NO-CC CODE", "cc by"])
def test_a_code_as_nobody_writes_it_is_in_no_group(unknown):
    assert not admitted(unknown, "noncommercial")
