"""The part of an account that tells a panel and its duplicates."""

from pipeline.reports.explain.outcomes import LEFT_OUT
from pipeline.reports.explain.page import Page, box, counted, quoted, tell_reject
from schemas.tables import Row

#: A chance below this is not told.
FAINT = 0.005


def tell_panel(page: Page, panel: Row) -> None:
    """The picture, rights, text, concepts and modality of a panel; of one that is rejected why."""
    page.section("panel", panel["panel_id"])
    if reject := panel["reject"]:
        tell_reject(page, reject)
        page.text("Its box, letter and text are not stored: a reject keeps the detail alone.")
    if index := panel["index"]:
        page.value("size", f"{index['width']} x {index['height']} pixels")
        page.value("licence", index["license"])
        page.value("caption", index["caption"])
        page.value("pixels", index["pixel_sha256"])
    if "box" not in panel:
        return
    width, height = panel["size"]
    page.value("letter", panel["label"] or "none")
    page.value("box", f"{box(panel['box'])}, score {panel['score']:.3f}")
    for number, cell in enumerate(panel["cells"], 1):
        if len(panel["cells"]) > 1:
            page.value(f"cell c{number:02d}", f"{box(cell['box'])}, score {cell['score']:.3f}")
    page.value("picture", f"{width} x {height} pixels, {panel['format']}")
    page.value("SHA-256", panel["sha256"])
    page.value("licence", panel["rights"]["license"] or "none")
    page.value("credit", panel["rights"]["attribution"])
    _tell_text(page, panel["text"])
    _tell_concepts(page, panel)
    _tell_modality(page, panel["modality"])


def _tell_text(page: Page, text: Row) -> None:
    page.section("its text")
    page.value("method", f"{text['method']}: {text['meaning']}" if text["meaning"] else text["method"])
    page.value("confidence", f"{text['confidence']:.2f}")
    for kind in ("own", "shared"):
        spans = [f"{span['start']}-{span['end']}" for span in text["spans"] if span["kind"] == kind]
        page.value(kind, spans and f"characters {', '.join(spans)} of the figure's caption")
    page.value("reads", text["caption"] or "nothing: the caption has no text for it")


def _tell_concepts(page: Page, panel: Row) -> None:
    page.section("concepts")
    concepts, caption = panel["concepts"], panel["text"]["caption"]
    page.value("linker", f"{panel['linker']}, names of {panel['vocabulary']}")
    if not concepts:
        page.text("None is linked in its text.")
    for each in concepts:
        flags = [name for name in ("negated", "uncertain") if each[name]]
        is_right = caption[each["start"] : each["end"]] == each["text"]
        said = quoted(each["text"]) + ("" if is_right else ", WHICH THE CAPTION DOES NOT READ THERE")
        types = ", ".join(each["semantic_types"])
        page.item(
            f"{each['cui']} {each['name']} ({types}): {said} at {each['start']} to {each['end']}, "
            f"score {each['score']:.2f}" + "".join(f", {flag}" for flag in flags)
        )


def _tell_modality(page: Page, modality: Row) -> None:
    page.section("modality")
    page.value("named", modality["name"] or "unknown")
    for each in modality["evidence"]:
        words = f" {quoted(each['detail'])}" if each["detail"] else ""
        page.value(f"by {each['source']}", f"{each['name']} {each['score']:.2f}{words}")
    if not modality["evidence"]:
        page.text("Neither text nor picture tells.")
    chances = ", ".join(f"{name} {chance:.2f}" for name, chance in modality["chances"].items() if chance >= FAINT)
    page.value("together", f"{chances}; a top level needs {modality['least']:.2f} to be named")
    same = "gives the stored name" if modality["same"] else "gives another name: the stored one counts"
    page.value("check", f"worked out again from this evidence, it {same}")


def tell_duplicates(page: Page, duplicates: Row) -> None:
    """The group of a panel, its edges, and the pictures that are withheld for which it is left out."""
    page.section("duplicates")
    page.value("pixels", duplicates["pixel_sha256"])
    group = duplicates["group"]
    if group:
        _tell_group(page, group, duplicates["policy"])
    elif not duplicates["edges"]:
        page.text("No other panel was found that shows the same.")
    if duplicates["edges"]:
        page.text(f"{counted(duplicates['edge_count'], 'panel')} confirmed to show the same:")
    for edge in duplicates["edges"]:
        likeness = "" if edge["likeness"] is None else f", likeness {edge['likeness']:.3f}"
        page.item(f"{edge['panel_id']} ({_where(edge)}): {edge['kind']}, cosine {edge['similarity']:.3f}{likeness}")
    if left_out := duplicates["left_out"]:
        page.value("left out", f"{left_out}: {LEFT_OUT[left_out]}")
    page.value("published", ", ".join(duplicates["published_instead"]))
    for leak in duplicates["withheld_by"]:
        likeness = f"{leak['kind']}, likeness {leak['likeness']:.3f}"
        page.item(f"{leak['panel_id']} shows {leak['image']} as a {leak['of']}: {likeness}")


def _where(row: Row) -> str:
    """The split of a panel, and whether it is published."""
    return f"{row['split']}, {'left out: ' + row['left_out'] if row['left_out'] else 'published'}"


def _tell_group(page: Page, group: Row, policy: str) -> None:
    canonical = "itself" if group["kind"] == "canonical" else group["canonical_id"]
    page.value("group", f"{group['group_id']}, {counted(group['size'], 'panel')}; the recipe says {policy}")
    page.value("canonical", canonical)
    if group["kind"] != "canonical":
        page.value("equals it", f"{group['kind']}, cosine {group['similarity']:.3f}")
    page.value("rank", f"{group['rank']} (0 is canonical; the smallest of a split is published for it)")
    for each in group["members"]:
        equals = f"{each['kind']}, cosine {each['similarity']:.3f}"
        page.item(f"{each['rank']}: {each['panel_id']} ({_where(each)}), {equals}")
    if group["size"] > len(group["members"]):
        page.text(f"and {group['size'] - len(group['members'])} more")


def tell_cap(page: Page, cap: Row) -> None:
    """How frequent the concepts of a panel are, and what the cap on concepts makes of it."""
    page.section("cap on concepts")
    page.value("cap", f"{cap['cap']:,} triplets a concept")
    for each in cap["concepts"]:
        times = "no more panels than the cap" if each["panels"] is None else counted(each["panels"], "panel")
        page.item(f"{each['cui'] or 'no concept'}: in {times} that would be published without it")
    page.value("chance", f"{cap['chance']:.4f}, that of its rarest concept; its hash is {cap['hash']:.4f}")
