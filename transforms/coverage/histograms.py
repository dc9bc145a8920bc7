"""The histograms of a corpus: what is measured of a triplet or a mention, and the bins."""

from dataclasses import dataclass

#: What stands in a context of CLIP: captions of more tokens are cut there by those who train on it.
CONTEXT = 77

#: A word, a digit or a sign: CLIP's tokenizer makes one token of each, or more, and two around all of them.
_PIECE = r"\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"

#: Lower bounds of sides in pixels; the steps halve a doubling.
_SIDES = (0, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)


@dataclass(frozen=True)
class Histogram:
    """A histogram: `value` is SQL over a triplet (a mention if `of_mentions`), `bins` the lower bounds of its bins.

    What lies below the first bin counts in it; the last bin has no upper bound. A value of null counts nowhere.
    """

    id: str
    title: str
    value: str
    bins: tuple[float, ...]
    of_mentions: bool = False

    @property
    def bin(self) -> str:
        """The number of a value's bin, as SQL."""
        above = " + ".join(f"(({self.value}) >= {lower})::INTEGER" for lower in self.bins[1:])
        return f"CASE WHEN ({self.value}) IS NOT NULL THEN {above} END"


def _steps(count: int, width: float = 1, start: float = 0) -> tuple[float, ...]:
    return tuple(round(start + width * step, 6) for step in range(count))


HISTOGRAMS = (
    Histogram("concepts", "Concepts a triplet", "distinct_concepts", _steps(33)),
    Histogram(
        "tokens",
        "Tokens of the caption, at least",
        f"len(regexp_extract_all(caption, '{_PIECE}')) + 2",
        (*_steps(28, 11), 308),
    ),
    Histogram(
        "own_text",
        "Share of the caption that is about this panel alone",
        "round(length(caption_own)::DOUBLE / nullif(length(caption), 0), 6)",
        _steps(11, 0.1),
    ),
    Histogram("rows_a_text", "Triplets of a figure that share their caption", "rows_a_text", _steps(16, 1, 1)),
    # Rounded, for a score is of 32 bits, and .35 lies a little below 7 steps of .05.
    Histogram("link_score", "Scores of links", "round(concept.score::DOUBLE, 6)", _steps(20, 0.05), True),
    Histogram("detector_score", "Scores of panels", "round(detector_score::DOUBLE, 6)", _steps(20, 0.05)),
    Histogram("width", "Width in pixels", "width", _SIDES),
    Histogram("height", "Height in pixels", "height", _SIDES),
)
