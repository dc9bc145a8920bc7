"""Changes of text: numbers, encodings, XML and JSON."""

import re
from random import Random

from benchmarks.mutations.basic import flipped, place, repeated, swapped

#: What a number of a file may become.
NUMBERS = (b"0", b"-1", b"4294967296", b"9" * 400, b"1e999", b"-0", b"NaN", b"99999999999999999999", b"0x7fffffff")

ENTITIES = (
    b'<!DOCTYPE article [<!ENTITY a "%s"><!ENTITY b "%s">]>' % (b"x" * 1000, b"&a;" * 1000),
    b'<!DOCTYPE article [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE article [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]>',
    b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS.dtd" [<!ATTLIST fig id ID "f1">]>',
    b'<!DOCTYPE article [<!ENTITY a "&b;"><!ENTITY b "&a;">]>',
)


def renumbered(chance: Random, data: bytes) -> bytes:
    """Some numbers are ones that make no sense."""
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return flipped(chance, data)
    for match in sorted(chance.sample(found, min(len(found), chance.choice((1, 3, 20)))), key=lambda m: -m.start()):
        data = data[: match.start()] + chance.choice(NUMBERS) + data[match.end() :]
    return data


def recoded(chance: Random, data: bytes) -> bytes:
    """Another encoding than stated, or bytes of none."""
    text = data.decode("utf-8", "replace")
    way = chance.randrange(6)
    if way == 0:
        return text.encode("utf-16")
    if way == 1:
        return text.encode("latin-1", "replace")
    if way == 2:
        return re.sub(rb"(?i)utf-8", chance.choice((b"utf-7", b"EBCDIC-CP-US", b"no-such", b"UTF-32")), data, count=1)
    at = place(chance, data)
    bad = (b"\xff\xfe\xfd", b"\xed\xa0\x80\xed\xb0\x80", "\u202e\u2066\ufeff\U000e0041".encode())[way - 3]
    return data[:at] + bad * chance.choice((1, 50)) + data[at:]


def _elements(data: bytes) -> list[re.Match[bytes]]:
    return list(re.finditer(rb"<([A-Za-z][\w-]*)([^<>]*?)(/?)>", data))


def nested_xml(chance: Random, data: bytes) -> bytes:
    """Elements within elements, hundreds or many thousands deep, closed or not."""
    element = chance.choice(_elements(data) or [None])
    if element is None:
        return repeated(chance, data)
    name, deep = (
        chance.choice((element[1], b"sec", b"fig", b"fig-group", b"p", b"sub")),
        chance.choice((100, 250, 300, 20_000)),
    )
    closing = b"" if chance.random() < 0.2 else b"</%s>" % name * deep
    return data[: element.start()] + b"<%s>" % name * deep + closing + data[element.start() :]


def doubled_attributes(chance: Random, data: bytes) -> bytes:
    """An attribute twice, or thousands of attributes, or one that is very long."""
    element = chance.choice(_elements(data) or [None])
    if element is None:
        return flipped(chance, data)
    ways = (
        b' id="a" id="b"',
        b"".join(b' a%d="1"' % n for n in range(20_000)),
        b' id="%s"' % (b"x" * 1_000_000),
        b" id=a",
        b' xmlns:xlink="x"',
    )
    at = element.start(1) + len(element[1])
    return data[:at] + chance.choice(ways) + data[at:]


def moved_elements(chance: Random, data: bytes) -> bytes:
    """An element stands where another stood, or has another's name: well-formed, and as no author writes it."""
    found = _elements(data)
    if len(found) < 2:
        return swapped(chance, data)
    one, other = chance.sample(found, 2)
    if chance.random() < 0.5:
        return re.sub(rb"(</?)%s\b" % one[1], rb"\1" + other[1], data)
    end = data.find(b"</%s>" % one[1], one.end())
    part = data[one.start() : end + len(one[1]) + 3] if end > 0 else one[0]
    return data[: other.start()] + part * chance.choice((1, 1, 200)) + data[other.start() :]


def declared(chance: Random, data: bytes) -> bytes:
    """Entities are declared, and used."""
    body = re.sub(rb"<\?xml.*?\?>|<!DOCTYPE[^>\[]*(\[.*?\])?[^>]*>", b"", data, flags=re.DOTALL)
    element = chance.choice(_elements(body) or [None])
    at = element.end() if element else 0
    return (
        chance.choice(ENTITIES)
        + body[:at]
        + chance.choice((b"&a;", b"&b;", b"&nbsp;", b"&nosuch;", b"&#0;"))
        + body[at:]
    )


def nested_json(chance: Random, data: bytes) -> bytes:
    """A value lies thousands of lists or objects deep."""
    colon = chance.choice([match.end() for match in re.finditer(rb":\s*", data)] or [0])
    deep = chance.choice((50, 1000, 100_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return data[:colon] + opening * deep + b"1" + closing * deep + b"," * chance.randrange(2) + data[colon:]


def retyped_json(chance: Random, data: bytes) -> bytes:
    """A value is of another type, or a key stands there twice."""
    found = list(re.finditer(rb'("[\w ]+")\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+|true|false|null)', data))
    if not found:
        return flipped(chance, data)
    match = chance.choice(found)
    values = (
        b"null",
        b"[]",
        b"{}",
        b"true",
        b"-1",
        b"1e400",
        b'""',
        b'"\\ud800"',
        b'"\\u0000"',
        b'"s3://b/%2e%2e/x"',
        b"[null]",
        b'"%s"' % (b"x" * 100_000),
    )
    value = chance.choice(values)
    return (
        data[: match.start()]
        + match[1]
        + b":"
        + value
        + (b"," + match[0] if chance.random() < 0.3 else b"")
        + data[match.end() :]
    )
