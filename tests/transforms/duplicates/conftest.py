"""What tests of duplicates count."""

import pytest

from transforms.duplicates import confirm


@pytest.fixture
def compared(monkeypatch):
    """How many pairs are compared as they lie, by their sketches, and how many are laid over each other."""
    counts = {"as_they_lie": 0, "compare": 0}

    def counted(key, name):
        compare = getattr(confirm, name)

        def count(ones, *others):
            counts[key] += len(ones.details if name == "alike_as_they_lie" else ones)
            return compare(ones, *others)

        monkeypatch.setattr(confirm, name, count)

    counted("as_they_lie", "alike_as_they_lie")
    counted("compare", "compare")
    return counts
