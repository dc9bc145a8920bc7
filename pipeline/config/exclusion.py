"""Articles that are left out by their ids, for takedowns: the file that names them."""

import re
from pathlib import Path

from schemas.errors import UserError

_ID = re.compile(r"PMC(\d+)(?:[.v](\d+))?", re.ASCII | re.IGNORECASE)


def read_exclusion(file: Path) -> tuple[str, ...]:
    """The ids in a file, one a line, sorted: PMC13901 names every version, PMC13901.1 or PMC13901v1 one of them.

    Text behind a # is a comment.

    Raises:
        UserError: the file cannot be read as text, or a line is no such id.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no text file: {error}") from None
    ids = set()
    for number, line in enumerate(lines, 1):
        if name := line.partition("#")[0].strip():
            found = _ID.fullmatch(name)
            if not found:
                raise UserError(f"{file}:{number}: {name!r} is no article id such as PMC13901 or PMC13901.1")
            ids.add(f"PMC{found[1]}" + (f"v{found[2]}" if found[2] else ""))
    return tuple(sorted(ids))
