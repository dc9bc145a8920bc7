"""The two errors that a run may end with; everything else that goes wrong is a reject in the data."""


class UserError(Exception):
    """Wrong input or surroundings, told in one clear line that names the file or setting."""


class Outage(UserError):
    """The source, the disk or the store failed as a whole: the unit of work fails and is run again."""
