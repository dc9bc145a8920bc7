"""The errors that a run may end with, and how any error is told; what else goes wrong is a reject in the data."""

from schemas.explain import explain_os_error
from schemas.secrets import redact


class UserError(Exception):
    """Wrong input or surroundings, told in one clear line that names the file or setting."""


class Outage(UserError):
    """The source, the disk or the store failed as a whole: the unit of work fails and is run again."""


class Damaged(UserError):
    """A file of the output is missing, or is not what its receipt says; `path` is relative to the output."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path

    def __reduce__(self) -> tuple[type["Damaged"], tuple[str, str]]:  # as it comes back from a worker
        return type(self), (str(self), self.path)


def told(error: BaseException) -> str:
    """The error in one line that is never empty and holds no credentials: ours in its own words, any other with its
    type in front."""
    name = type(error).__name__
    text = redact(" ".join((explain_os_error(error) if isinstance(error, OSError) else str(error)).split()))
    if text in ("", name) or isinstance(error, UserError):
        return text or name
    return f"{name}: {text}"
