import socket

import pytest

from schemas.rejects import Reason
from transforms.jats.secure_xml import XmlError, parse, parse_article
from transforms.jats.text import text_of

DOCTYPE = '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS-archivearticle1.dtd">'
BILLION = "<!DOCTYPE a [<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


def reason(data: bytes) -> tuple[Reason, str]:
    with pytest.raises(XmlError) as caught:
        parse_article(data)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("data", [b"", b" \n\t "])
def test_no_content(data):
    assert reason(data) == (Reason.XML_EMPTY, "")


@pytest.mark.parametrize(
    "data",
    [
        b"<article>\n<p></article>",
        b"<article><front><article-meta>",
        b"not xml at all",
        b"\x1f\x8b\x08\x00compressed",
        b"<article>\x00</article>",
        b"<article><p>& alone</p></article>",
        b'<article><p a="1" a="2"/></article>',
        b"<article><x:p/></article>",
        "<article>\u00e9</article>".encode("latin-1"),
        b'<?xml version="1.0" encoding="UTF-16"?><article>\xff</article>',
        b'<?xml version="1.0" encoding="no-such-code"?><article>\xe9</article>',
        b"<html><head><meta charset='utf-8'></head><body>503</body></html>",
        b"<article>" + b"<sec>" * 5000 + b"</sec>" * 5000 + b"</article>",
    ],
)
def test_not_well_formed(data):
    why, detail = reason(data)
    assert why is Reason.XML_MALFORMED
    assert detail


def test_the_message_names_the_line():
    assert "line 3" in reason(b"<article>\n<p>\n</article>")[1]


@pytest.mark.parametrize(
    "data",
    [
        f"{BILLION}]><article>&l9;</article>",
        f'{BILLION}]><article a="&l9;"/>',
        f'{BILLION}]><article a="&l9;" b="&l8;"><p></article>',
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><article>&x;</article>",
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]><article/>",
        "<!DOCTYPE a [<!ENTITY a '&b;'><!ENTITY b '&a;'>]><article b='&a;'/>",
        "<!DOCTYPE a [<!ENTITY harmless 'x'>]><article/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(data, encoding):
    why, detail = reason(data.encode(encoding))
    assert why is Reason.XML_ENTITIES
    assert "root:" not in detail


def test_nothing_is_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.dtd"
        assert parse_article(f'<!DOCTYPE article SYSTEM "{address}"><article/>'.encode()).tag == "article"
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("data", [b"<html><body><article/></body></html>", b"<PubmedArticle/>", b"<error>no</error>"])
def test_no_article(data):
    assert reason(data)[0] is Reason.XML_NOT_ARTICLE


@pytest.mark.parametrize("doctype", [DOCTYPE, ""])
def test_named_characters_need_no_dtd(doctype):
    root = parse(f'{doctype}<p id="&beta;">5&nbsp;&micro;m &alpha;&lt;&LT;<![CDATA[&nu;]]><!-- &nu; --></p>'.encode())
    assert text_of(root) == "5 \u00b5m \u03b1<<&nu;"
    assert root.get("id") == "\u03b2"


def test_a_name_of_no_character_stays_as_written():
    assert text_of(parse(f"{DOCTYPE}<p>a &nosuch; b</p>".encode())) == "a &nosuch; b"


@pytest.mark.parametrize(
    "wrapper",
    [
        "{}",
        "<pmc-articleset>{}</pmc-articleset>",
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>{}</metadata></record>'
        "</GetRecord></OAI-PMH>",
    ],
)
@pytest.mark.parametrize("namespace", ["", 'xmlns="https://jats.nlm.nih.gov/ns/archiving/1.0/"'])
def test_wrappers_and_namespaces_fall_away(wrapper, namespace):
    source = f'<article {namespace}><body><fig/><m:math xmlns:m="http://www.w3.org/1998/Math/MathML"/></body></article>'
    article = parse_article(wrapper.format(source).encode())
    assert [element.tag for element in article.iter()] == [
        "article",
        "body",
        "fig",
        "{http://www.w3.org/1998/Math/MathML}math",
    ]


def test_a_prefix_is_a_namespace_too():
    article = parse_article(b'<j:article xmlns:j="urn:jats"><j:fig id="f1"/></j:article>')
    assert article.find("fig").get("id") == "f1"


@pytest.mark.parametrize("value", [b"&#xD800;", b"&#0;", b"\xed\xa0\x80", b"a\0b"])
def test_what_no_text_can_hold_is_malformed(value):
    for data in (b'<article id="' + value + b'"/>', b"<article>" + value + b"</article>"):
        with pytest.raises(XmlError) as caught:
            parse_article(data)
        assert caught.value.reason is Reason.XML_MALFORMED
