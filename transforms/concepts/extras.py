"""Packages that only some linkers need."""

from importlib import import_module
from typing import Any

from schemas.errors import UserError


def require(module: str, extra: str) -> Any:
    """A module that comes with an extra of the package.

    Raises:
        UserError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UserError(f"the {extra} linker needs the extra medconcept[{extra}]: {error}") from None
