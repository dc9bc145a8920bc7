"""What must not be written down: credentials in addresses and options, replaced before anything is told or kept.

Whether a text is a secret cannot be seen in it. It is taken for one by the name that it is given, or by its place in an
address.
"""

import re
from collections.abc import Iterable, Iterator

#: What stands in the place of a secret.
HIDDEN = "***"

_NAMES = r"token|passw|passphrase|pwd|secret|credential|signature|\bsig\b"

#: `user:password` in `https://user:password@host`, up to the last @ of the word: a password may hold any character.
_USER = re.compile(r"(?<=://)[^\s'\"<>]{1,512}@")
#: `X-Amz-Signature=...` in a signed URL, `password=...` anywhere.
_ASSIGNED = re.compile(rf"((?:{_NAMES})[\w.\-]{{0,64}}=)[^\s&'\"]+", re.IGNORECASE)

#: The name of an option whose value is left out, and a name within a value: `{"env": {"API_KEY": "..."}}`.
_SECRET = re.compile(rf"{_NAMES}|key|auth", re.IGNORECASE)
_SECRET_WITHIN = re.compile(rf"(?:{_NAMES}|key|auth)[\w.\-]{{0,64}}[\"']?\s*[=:]", re.IGNORECASE)


def redact(text: str) -> str:
    """The text without the user name and password of any address, and without values that are named as secrets."""
    return _ASSIGNED.sub(rf"\1{HIDDEN}", _USER.sub(f"{HIDDEN}@", text))


def redact_options(options: Iterable[str]) -> Iterator[str]:
    """Options as a record may state them, `--name=value` or `--name value`: the values of secrets are left out."""
    secret = False
    for option in options:
        if option.startswith("-"):
            name, equals, value = option.partition("=")
            secret = bool(_SECRET.search(name))
            yield name + equals + _recorded(value, secret) if equals else name
        else:
            yield _recorded(option, secret)


def _recorded(value: str, secret: bool) -> str:
    return HIDDEN if secret or _SECRET_WITHIN.search(value) else redact(value)
