"""Parsing XML from strangers: nothing is fetched, no entity is expanded, nothing grows without bound.

Named characters such as `&nbsp;` are declared in the DTD of JATS, which is never loaded: they are read by their names
in the HTML standard, which takes over the ISO entity sets of JATS. libxml2's limits on depth and size stay in force.
"""

import re
from html.entities import html5
from typing import Any

from lxml import etree

from schemas.rejects import Reason
from transforms.jats.text import Element

_UNDECLARED = frozenset({etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY})
_DECLARATION = re.compile(rb"<!DOCTYPE[^\[>]*\[.*?<!ENTITY", re.DOTALL)
# What is no reference is skipped, to the end of the data where it never closes: the search stays linear.
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|&([A-Za-z][\w.-]*);", re.DOTALL
)
_PREDEFINED = frozenset({b"amp", b"apos", b"gt", b"lt", b"quot"})


class XmlError(ValueError):
    """Bytes that cannot be read as an article, with the reason for which their row is rejected."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def parse_article(data: bytes) -> Element:
    """The `article` element in `data`, alone or in a wrapper such as OAI-PMH's; raises XmlError where there is none.

    Comments and processing instructions are left out, and the names of JATS elements carry no namespace.
    """
    root = parse(data)
    name = etree.QName(root)
    article: Element | None = root
    if name.localname != "article":  # an iterator would look for the second article in the whole tree
        article = None if name.localname == "html" else next(root.iterdescendants("{*}article"), None)
    if article is None:
        raise XmlError(Reason.XML_NOT_ARTICLE, f"the root element is {name.localname}")
    if namespace := etree.QName(article).namespace:
        for element in article.iter(f"{{{namespace}}}*"):
            element.tag = etree.QName(element).localname
    return article


def parse(data: bytes) -> Element:
    """The root element of `data`, without comments, processing instructions and entity references."""
    if not data or data.isspace():
        raise XmlError(Reason.XML_EMPTY)
    try:
        return _parse(data)
    except _UndeclaredEntity:
        return _parse(_REFERENCE.sub(_character, data))


class _UndeclaredEntity(XmlError):
    """A named character that the document does not declare; its text would be lost without a word."""


def _parse(data: bytes) -> Element:
    parser = etree.XMLParser(
        load_dtd=False, no_network=True, resolve_entities=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        if _DECLARATION.search(data.replace(b"\0", b"")):  # in UTF-16 too
            raise XmlError(Reason.XML_ENTITIES, error.msg) from None
        _refuse_undeclared(parser)
        raise XmlError(Reason.XML_MALFORMED, error.msg) from None
    subset: Any = root.getroottree().docinfo.internalDTD
    if subset is not None and (entities := subset.entities()):
        raise XmlError(Reason.XML_ENTITIES, f"the document declares the entity {entities[0].name}")
    _refuse_undeclared(parser)
    return root


def _refuse_undeclared(parser: etree.XMLParser) -> None:
    for entry in parser.error_log:
        if entry.type in _UNDECLARED:
            raise _UndeclaredEntity(Reason.XML_MALFORMED, f"{entry.message}, line {entry.line}")


def _character(match: re.Match[bytes]) -> bytes:
    """The reference by number; a name that no standard knows stays as it is written, as text."""
    name = match[1]
    if name is None or name in _PREDEFINED:
        return match[0]
    characters = html5.get(f"{name.decode('ascii')};")
    if characters is None:
        return b"&amp;" + name + b";"
    return "".join(f"&#{ord(character)};" for character in characters).encode()
