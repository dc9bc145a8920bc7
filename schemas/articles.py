"""Articles: what a source hands over, before the JATS is read."""

import pyarrow as pa

from schemas.rejects import REJECT

#: An object of the source; `uri` is canonical (where PMC publishes it), `md5` empty where the source states none.
MEDIA = pa.struct(
    [
        pa.field("name", pa.string(), nullable=False),
        pa.field("uri", pa.string(), nullable=False),
        pa.field("md5", pa.string(), nullable=False),
    ]
)

#: A planned article version: `article_id` is PMC13901v1, `etag` changes with its content.
PLANNED = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("etag", pa.string(), nullable=False),
        pa.field("reject", REJECT),
    ],
    metadata={"schema": "medconcept.planned", "schema_version": "1"},
)

#: The plan: the unit of each article that is planned, in the corpus's order.
PLAN = pa.schema(
    [pa.field("unit", pa.string(), nullable=False), *PLANNED],
    metadata={"schema": "medconcept.plan", "schema_version": "1"},
)

#: What the source states (null where it states nothing; of a licence PMC's code where it is known, else the words as
#: they are), the XML as bytes, and the media beside it.
ARTICLES = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("pmid", pa.string()),
        pa.field("doi", pa.string()),
        pa.field("license", pa.string()),
        pa.field("xml", pa.large_binary()),
        pa.field("media", pa.list_(MEDIA)),
        pa.field("reject", REJECT),
    ],
    metadata={"schema": "medconcept.articles", "schema_version": "1"},
)

#: What later tables repeat of an article. `license` is its code by all evidence, the narrowest that source and JATS
#: state; null where none is granted, none is stated, or what the source states is unknown. `license_source` is what the
#: source states (PMC's code, else its words as they are), `license_jats` the code that the JATS states, so a
#: contradiction shows. `license_url` is the licence's address, in the version that is stated, else the newest.
#: `attribution` is the credit line that a redistributor must carry.
ARTICLE = pa.struct(
    [
        pa.field("pmcid", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("pmid", pa.string()),
        pa.field("doi", pa.string()),
        pa.field("title", pa.string()),
        pa.field("journal", pa.string()),
        pa.field("year", pa.int32()),
        pa.field("article_type", pa.string()),
        pa.field("authors", pa.list_(pa.string())),
        pa.field("keywords", pa.list_(pa.string())),
        pa.field("license", pa.string()),
        pa.field("license_source", pa.string()),
        pa.field("license_jats", pa.string()),
        pa.field("license_url", pa.string()),
        pa.field("attribution", pa.string()),
    ]
)
