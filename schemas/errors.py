"""The two errors that a run may end with, and how any error is told; what else goes wrong is a reject in the data."""

from schemas.explain import explain_os_error


class UserError(Exception):
    """Wrong input or surroundings, told in one clear line that names the file or setting."""


class Outage(UserError):
    """The source, the disk or the store failed as a whole: the unit of work fails and is run again."""


def told(error: BaseException) -> str:
    """The error in one line that is never empty: ours in its own words, any other with its type in front."""
    name = type(error).__name__
    text = " ".join((explain_os_error(error) if isinstance(error, OSError) else str(error)).split())
    if text in ("", name) or isinstance(error, UserError):
        return text or name
    return f"{name}: {text}"
