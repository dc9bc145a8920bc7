"""The user name and password of a web server, from the file that curl and git read them from as well."""

import base64
import netrc
import os
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import UserError


def authorization(address: str) -> dict[str, str]:
    """The header of Basic authentication for the host of an address; none where ~/.netrc does not name the host.

    The environment variable NETRC names another file. Each worker reads its own.

    Raises:
        UserError: the file cannot be read.
    """
    file = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    try:
        found = netrc.netrc(str(file)).hosts.get(urlsplit(address).hostname or "")  # not what it says of any host
    except FileNotFoundError:
        return {}
    except (netrc.NetrcParseError, UnicodeDecodeError):  # whose words may hold a password
        raise UserError(f"{file} is not in the format of netrc(5)") from None
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    if not found:
        return {}
    return {"Authorization": f"Basic {base64.b64encode(f'{found[0]}:{found[2]}'.encode()).decode()}"}
