"""The two errors that a run may end with, and how any error is told; what else goes wrong is a reject in the data."""

from schemas.explain import explain_os_error


class UserError(Exception):
    """Wrong input or surroundings, told in one clear line that names the file or setting."""


class Outage(UserError):
    """The source, the disk or the store failed as a whole: the unit of work fails and is run again."""


def told(error: BaseException) -> str:
    """The error in one line that is never empty: ours and the system's in words, any other with its type in front."""
    text = " ".join(str(error).split())
    if isinstance(error, UserError) and text:
        return text
    if isinstance(error, OSError):
        return explain_os_error(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
