"""The part of an account that tells a figure and its graphics."""

from pipeline.reports.explain.page import Page, box, counted, quoted, tell_reject
from schemas.tables import Row

#: Characters that are shown of a sentence that cites the figure, and such sentences.
SHOWN, CITATIONS = 160, 5

KINDS = {
    "fig": "a figure",
    "fig-group": "a figure of a group",
    "supplementary": "a supplementary figure",
    "graphical-abstract": "a graphical abstract",
    "graphic": "a graphic outside figures",
}


def tell_rights(page: Page, rights: Row) -> None:
    """The claims about the picture and the licence that follows."""
    page.section("licence of the figure")
    if not rights["claims"]:
        page.text("No claim of other rights is stated about it: it has those of its article.")
    for claim in rights["claims"]:
        about = f"panel {', '.join(claim['panels'])}" if claim["panels"] else "the whole figure"
        grants = claim["license"] or "no licence"
        page.value("claim", f"{quoted(claim['text'])}, in {claim['stated_in']}, about {about}: grants {grants}")
    if rights["third_party"]:
        policy = rights["third_party_policy"]
        page.value("third party", f"{quoted(rights['third_party'])}: named as a source; the recipe says {policy}")
    if rights["own"]:
        page.value("licence", rights["license"] or "none is granted")
        page.value("gate", "the recipe admits it" if rights["admitted"] else "the recipe does not admit it")
        page.value("credit", rights["attribution"])


def tell_figure(page: Page, figure: Row) -> None:
    """The form of the figure and its caption."""
    page.section("figure")
    graphics = figure["graphics"] or 0
    named = f", {figure['label']}" if figure["label"] else ""
    page.value("form", f"{KINDS.get(figure['kind'], figure['kind'])}{named}, with {counted(graphics, 'graphic')}")
    page.value("id in JATS", figure["xml_id"])
    if figure["caption_of_group"]:
        page.value("caption", "has none of its own: that of its group stands for it")
    elif figure["group_caption"]:
        page.value("group", f"the first {len(figure['group_caption'])} characters are the caption of its group")
    page.value("caption", figure["caption"] or "none")
    page.value("language", figure["language"] or "too short to tell")
    page.value("abbreviations", "; ".join(f"{short}: {long}" for short, long in figure["abbreviations"].items()))
    page.value("cited in", counted(figure["mentions"], "paragraph"))
    for citation in figure["citations"][:CITATIONS]:
        panels = f"panel {', '.join(citation['panels'])}" if citation["panels"] else "the figure"
        page.item(f"of {panels}: {quoted(citation['text'], SHOWN)}")
    if len(figure["citations"]) > CITATIONS:
        page.text(f"and {len(figure['citations']) - CITATIONS} more sentences")


def tell_graphic(page: Page, graphic: Row, panel: Row | None) -> None:
    """The object at the source, what was found in it, and how the caption was split."""
    page.section("graphic", graphic["graphic_id"] or "(none)")
    hrefs = graphic["hrefs"] or ()
    page.value("named", ", ".join(hrefs) + (" (alternatives, the best first)" if len(hrefs) > 1 else ""))
    page.value("object", graphic["source_uri"] or "none at the source goes by that name")
    page.value("MD5", graphic["source_md5"] or (graphic["source_uri"] and "the source states none"))
    if reject := graphic["reject"]:
        tell_reject(page, reject)
    if picture := graphic["picture"]:
        _tell_picture(page, picture)
    if graphic["forgotten"]:
        page.text("Panels that are not published are no longer known: the unit gave them up.")
    for line in graphic["panels"]:
        _tell_line(page, line, mine=panel is not None and panel["panel_id"] == line["panel_id"])
    if graphic["caption_split"]:
        _tell_split(page, graphic["caption_split"])


def _tell_picture(page: Page, picture: Row) -> None:
    page.value("SHA-256", picture["sha256"])
    if picture["size"]:
        page.value("size", "{} x {} pixels, upright".format(*picture["size"]))
    else:
        page.value("size", "not stored; its panels reach to {} x {}, upright".format(*picture["reaches"]))
    if picture["truncated"]:
        page.value("truncated", "the source's bytes end too early")
    page.value("detector", picture["detector"])
    page.value("kept whole", picture["whole"])
    page.value("without panel", _letters(picture["letters_without_panel"], "that the caption names"))
    page.value("without text", _letters(picture["letters_without_text"], "that are read in the picture"))


def _letters(letters: list[str], where: str) -> str:
    return f"the letters {', '.join(letters)} {where}" if letters else ""


def _tell_line(page: Page, line: Row, mine: bool) -> None:
    name = line["panel_id"].rpartition("-")[2]
    outcome = line["outcome"]
    state = outcome["state"].replace("_", " ")
    told = f"{state}, {outcome['reason']}" if outcome.get("reason") else state
    if "box" not in line:
        detail = f" ({outcome['detail']})" if outcome.get("detail") else ""
        page.item(f"{name}: {told}{detail}")
        return
    label = f" letter {line['label']}," if line["label"] else " no letter,"
    cells = f", {len(line['cells'])} cells" if len(line["cells"]) > 1 else ""
    here = " (this one)" if mine else ""
    page.item(f"{name}:{label} {box(line['box'])}, score {line['score']:.3f}{cells}{here}")
    text = f"text by {line['caption_method']} ({line['caption_confidence']:.2f})"
    page.text(f"{text}; {counted(line['concepts'], 'concept')}; {line['modality'] or 'modality unknown'}; {told}", 6)


def _tell_split(page: Page, split: Row) -> None:
    page.section("the caption by panels")
    page.text("Worked out again from the caption, its markup and the letters that are stored.")
    letters = ", ".join(split["letters"]) or "none"
    page.value("letters", f"taken as read in the picture: {letters}")
    if split["parts"]:
        parts = ", ".join(f"{part['label']} ({part['confidence']:.2f})" for part in split["parts"])
        page.value("parts", f"{parts}: each with the chance that its text is right")
    else:
        page.value("parts", f"none: the caption {split['doubt']}")
    for clause in split["clauses"]:
        page.item(f"{clause['panels']}: {quoted(clause['text'])}")
        page.text(f"{clause['why']}; characters {clause['start']} to {clause['end']}", indent=6)
    wrong = [panel for panel, same in split["same"].items() if not same]
    if not wrong:
        page.value("check", f"gives the stored text of {counted(len(split['same']), 'panel')}")
    else:
        page.value("check", f"gives other texts than are stored for {', '.join(wrong)}: those stored count")
    if split["made_by"] != split["recomputed_by"]:
        page.value("version", f"worked out by {split['recomputed_by']}, stored by {split['made_by']}")
