from datetime import date

import pytest
from lxml import etree

from transforms.jats.dates import newest_date, parse_date, year_of


def meta(dates: str) -> etree._Element:
    return etree.fromstring(f"<article-meta>{dates}</article-meta>")


EVENT = '<pub-history><event event-type="{}"><date date-type="{}"><year>{}</year></date></event></pub-history>'


def pub(kind: str, year: int) -> str:
    return f"<pub-date pub-type='{kind}'><year>{year}</year></pub-date>"


@pytest.mark.parametrize(
    ("dates", "year"),
    [
        (pub("ppub", 2001) + pub("epub", 2000), 2000),
        ("<pub-date date-type='pub' iso-8601-date='2024-05-01'/>", 2024),
        ("<pub-date date-type='pub' iso-8601-date='20240501'/>", 2024),
        ("<pub-date><year iso-8601-date='2018'>2561</year></pub-date>", 2018),
        ("<pub-date pub-type='epub'><string-date>12 March 2018</string-date></pub-date>", 2018),
        (
            "<pub-date pub-type='epub'><string-date><month>March</month> <year>2018</year></string-date></pub-date>",
            2018,
        ),
        ("<pub-date><string-date>Spring 2018</string-date></pub-date>", 2018),
        ("<pub-date><season>Spring</season><year>2018</year></pub-date>", 2018),
        ("<pub-date><string-date>2018年3月</string-date></pub-date>", 2018),
        (pub("pmc-release", 2011), 2011),
        (pub("pmc-release", 2009) + "<pub-date><year>2011</year></pub-date>", 2011),
        ("<pub-date pub-type='epub'><year>n.d.</year></pub-date>", None),
        ("<history><date><year>2010</year></date></history>", None),
        (EVENT.format("pub", "pub", 2021), 2021),
        (EVENT.format("publication", "", 2021), 2021),
        (EVENT.format("preprint", "preprint", 2019) + EVENT.format("pub", "pub", 2021), 2021),
        (EVENT.format("preprint", "preprint", 2019) + "<pub-date><year>2021</year></pub-date>", 2021),
        (pub("ppub", 1900) + pub("epub", 2015), 2015),
        (pub("ppub", 1900) + pub("pmc-release", 2015), 2015),
        (pub("ppub", 1900), 1900),
        (pub("ppub", 1867) + pub("epub", 2007), 1867),
    ],
)
def test_year(dates, year):
    assert year_of(meta(dates)) == year


def test_the_newest_date_is_of_whatever_kind():
    dates = "<pub-date><year>2018</year></pub-date><history><date><year>2019</year><month>3</month></date></history>"
    assert newest_date(meta(dates)) == date(2019, 3, 1)
    assert newest_date(meta("")) is None


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("2021-03-05", date(2021, 3, 5)),
        ("20210305", date(2021, 3, 5)),
        ("2021-03-05T00:00:00+01:00", date(2021, 3, 5)),
        ("2021", date(2021, 1, 1)),
        ("2021-00-00", date(2021, 1, 1)),
        ("2021-13-99", date(2021, 12, 28)),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_parse_date(text, parsed):
    assert parse_date(text) == parsed
