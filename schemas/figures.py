"""Figures: a row for each graphic of each figure of an article's JATS."""

import pyarrow as pa

from schemas.articles import ARTICLE
from schemas.rejects import REJECT

#: An abbreviation, and what it stands for in its article.
ABBREVIATION = pa.struct(
    [
        pa.field("short", pa.string(), nullable=False),
        pa.field("long", pa.string(), nullable=False),
    ]
)

#: What an element of the JATS holds of a text: `text[start:end]` (Unicode code points). `kind` is bold, italic,
#: underline, sub, sup, title, paragraph or list-item. Of a panel's text in its caption `kind` is own or shared.
SPAN = pa.struct(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
    ]
)

#: A sentence of a mention that cites the figure, `mentions[mention][start:end]` (Unicode code points), and the letters
#: of the panels that it names, as it writes them; none where it cites the figure as a whole.
CITATION = pa.struct(
    [
        pa.field("mention", pa.int32(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("panels", pa.list_(pa.string()), nullable=False),
    ]
)

#: A statement that rules over the article's rights: its words, the licence that it grants, null where it grants none,
#: and the letters of the panels that it names, none where it is about the whole figure.
CLAIM = pa.struct(
    [
        pa.field("text", pa.string(), nullable=False),
        pa.field("license", pa.string()),
        pa.field("panels", pa.list_(pa.string()), nullable=False),
    ]
)

#: `figure_id` PMC13901v1-f003 counts figures in document order; `graphic_id` is the same, with g2, g3 … behind it for
#: the second and further graphics of one figure. `hrefs` are the alternatives for one graphic, best first.
FIGURES = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("article", ARTICLE),
        pa.field("figure_id", pa.string()),
        pa.field("graphic_id", pa.string()),
        pa.field("graphic_count", pa.int32()),  # graphics of the same figure
        pa.field("figure_kind", pa.string()),  # fig, fig-group, supplementary, graphical-abstract, graphic
        pa.field("figure_xml_id", pa.string()),
        pa.field("figure_label", pa.string()),  # "Figure 3"
        pa.field("group_caption", pa.string()),  # of the fig-group around it
        pa.field("group_markup", pa.list_(SPAN)),  # of `group_caption`, in document order
        pa.field("figure_caption", pa.string()),  # title and every paragraph; the group's where it has none
        pa.field("caption_markup", pa.list_(SPAN)),  # of `figure_caption`
        pa.field("language", pa.string()),  # of both, by ISO 639-1; null where they are too short to tell
        pa.field("claims", pa.list_(CLAIM)),  # of its elements, those around it, and its captions
        pa.field("third_party", pa.string()),  # sentences that name where it comes from without a claim
        pa.field("abbreviations", pa.list_(ABBREVIATION)),  # used in its captions, wherever the article defines them
        pa.field("mentions", pa.list_(pa.string())),  # the paragraphs that cite it, in document order
        pa.field("citations", pa.list_(CITATION)),  # the sentences of `mentions` that do, by mention and start
        pa.field("hrefs", pa.list_(pa.string())),
        pa.field("graphic", pa.string()),  # the object's name at the source
        pa.field("source_uri", pa.string()),
        pa.field("source_md5", pa.string()),
        pa.field("reject", REJECT),
    ],
    metadata={"schema": "medconcept.figures", "schema_version": "4"},
)

#: The same with the bytes of the graphic.
IMAGES = FIGURES.insert(len(FIGURES) - 1, pa.field("image", pa.large_binary()))

#: What tells copies of a picture without a network.
APPEARANCE = [
    pa.field("pixel_sha256", pa.string(), nullable=False),  # of size and RGB pixels
    pa.field("phash", pa.uint64()),  # null where the picture is too flat to have one
    pa.field("thumbnail", pa.binary(), nullable=False),  # 64 x 64 luma, row by row
    pa.field("proof", pa.binary(), nullable=False),  # 256 x 256 luma as a JPEG
]

#: The graphics of which panels are crops, each as a whole: an image from elsewhere may show all of it.
PARENTS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("figure_id", pa.string(), nullable=False),
        pa.field("graphic_id", pa.string(), nullable=False),
        pa.field("graphic", pa.string(), nullable=False),  # the object's name at the source
        *APPEARANCE,
    ],
    metadata={"schema": "medconcept.parents", "schema_version": "1"},
)
