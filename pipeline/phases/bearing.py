"""What a run bears: how many articles may fail by our own fault, and how many objects of the source may come ill."""

from dags.graph import Failure, Receipt
from schemas.errors import UserError

#: So many articles may fail in any case: a small corpus is not given up for one of them.
FEW = 3

#: So many objects may come ill in any case: a unit is too small to tell, and is judged with the others of its run.
FEW_ILL = 9


class Bearing:
    """Counts what comes, and ends a run in which more failed than it bears.

    `articles` are planned; a share `max_failed` of them may fail, a share `max_missing` of the objects that are tried
    may be missing.
    """

    def __init__(self, articles: int, max_failed: float, max_missing: float) -> None:
        self.articles, self.failed = articles, 0
        self._bears = max(FEW, int(max_failed * articles)) if max_failed else 0
        self._max_missing = max_missing
        self._ill = self._tried = self._units = 0

    def receive(self, receipt: Receipt) -> None:
        """Count what came of a unit; raises UserError."""
        counts = receipt["counts"]
        self.failed += counts["failed"]
        self._ill += counts["ill"]
        self._tried += counts["tried"]
        self.check()
        if self._ill > max(FEW_ILL, self._max_missing * self._tried):
            raise UserError(
                f"given up: {self._ill} of {self._tried} objects are missing or damaged, though listed: the"
                " source is ill; run it again to try them again, --max-missing sets the share that is borne"
            )

    def fail(self, failure: Failure) -> None:
        """Count a unit that failed as a whole by a fault of ours; raises UserError."""
        self._units += 1
        self.check(failure)

    def check(self, failure: Failure | None = None, poison: int = 0) -> None:
        """Raise UserError where more failed than is borne, `poison` articles in the failed units among them."""
        if (failed := self.failed + max(self._units, poison)) > self._bears:
            why = f"first {failure.error}" if failure else "the rejects internal_error and poison say why"
            raise UserError(
                f"given up: {failed} articles failed by no fault of their source, {self._bears} are borne; {why};"
                " --max-failed sets the share that is borne"
            )
