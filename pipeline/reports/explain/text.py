"""The account of an id as people read it: plain text, in the order of the chain."""

from collections.abc import Iterator

from pipeline.reports.explain.page import Page, box, counted, tell_reject
from pipeline.reports.explain.text_figure import tell_figure, tell_graphic, tell_rights
from pipeline.reports.explain.text_panel import tell_cap, tell_duplicates, tell_panel
from schemas.tables import Row

STATES = {
    "published": "published",
    "left_out": "left out",
    "rejected": "rejected",
    "curated": "not published yet",
    "not_planned": "not in the corpus",
    "not_curated": "not built yet",
    "unknown": "unknown",
}


def lines(account: Row) -> Iterator[str]:
    """The lines of an account."""
    page = Page()
    _tell_outcome(page, account)
    _tell_source(page, account["source"])
    if account["article"]:
        _tell_article(page, account["article"])
    for figure in account["figures"] or ():
        _tell_figure_line(page, figure, first=figure is account["figures"][0])
    if account["figure"]:
        tell_rights(page, account["rights"])
        tell_figure(page, account["figure"])
        for graphic in account["graphics"]:
            tell_graphic(page, graphic, account["panel"])
    if account["panel"]:
        tell_panel(page, account["panel"])
    if account["duplicates"]:
        tell_duplicates(page, account["duplicates"])
    if account.get("cap"):
        tell_cap(page, account["cap"])
    _tell_place(page, account)
    _tell_made_by(page, account["made_by"])
    yield from page.lines


def _tell_outcome(page: Page, account: Row) -> None:
    outcome = account["outcome"]
    state = STATES[outcome["state"]]
    where = f" in {outcome['split']}" if outcome.get("split") else ""
    page.text(f"{account['id']}: {state}{where}", indent=0)
    if outcome.get("stage"):
        page.text(f"by the stage {outcome['stage']}: {outcome['reason']}: {outcome['why']}")
        page.value("detail", outcome["detail"])
    elif outcome["why"]:
        reason = f"{outcome['reason']}: " if outcome.get("reason") else ""
        page.text(reason + outcome["why"])
    for what in ("figures", "panels"):
        counts = ", ".join(f"{count} {STATES[state]}" for state, count in (outcome.get(what) or {}).items())
        page.value(what, counts)
    panel = account["panel"]
    if panel and "box" in panel:
        page.text(
            f"{panel['modality']['name'] or 'modality unknown'}; {counted(len(panel['concepts']), 'concept')}; "
            f"{panel['rights']['license'] or 'no licence'}; text by {panel['text']['method']}"
        )
    if panel and panel["panel_id"] != account["id"]:
        number = int(account["id"].rpartition("c")[2])
        cell = panel["cells"][number - 1]
        page.text(
            f"It is cell {number} of {len(panel['cells'])} of the panel {panel['panel_id']}: {box(cell['box'])}, score "
            f"{cell['score']:.3f}. The triplet is the panel, of which this is the account."
        )
    if account["kind"] != "article" and not account["figure"]:
        page.text("No figure of the article is known: this is the account of the article.")
    if account["given_up"]:
        page.text(
            "The unit gave up its panels (--keep-units no). Of those that are published the shard tells; of the others "
            "boxes, concepts and modality are no longer known, only what the index keeps."
        )
    for fault in account["faults"]:
        page.text(f"NOT READ: {fault}")


def _tell_source(page: Page, source: Row) -> None:
    page.section("source")
    page.value("source", source["source"])
    page.value("inventory", source["inventory"])
    for listed in source["listed"]:
        page.value("listed", f"{listed['article_id']}, ETag {listed['etag']}")
    page.value("metadata", source["metadata_key"] and f"{source['metadata_key']}, in PMC's layout")
    page.value("planned", source["planned"] and source["planned"]["article_id"])
    page.value("not planned", source["not_planned"])
    if source["curated"]:
        same = "the same content as planned" if source["up_to_date"] else "other content than is planned now"
        page.value("curated", f"{source['curated']['article_id']}, ETag {source['curated']['etag']}: {same}")
    if source["reject"]:
        tell_reject(page, source["reject"])
        page.text("Of an article that is rejected as a whole nothing is kept beside this.")


def _tell_article(page: Page, article: Row) -> None:
    page.section("article")
    page.value("title", article["title"])
    page.value("journal", ", ".join(str(each) for each in (article["journal"], article["year"]) if each))
    page.value("type", article["article_type"])
    page.value("PMID", article["pmid"])
    page.value("DOI", article["doi"])
    rights = article["rights"]
    page.section("licence of the article")
    page.value("by source", rights["license_source"] or "it states none")
    page.value("by JATS", rights["license_jats"] or "it states none that is known")
    if rights["contradiction"]:
        page.value("contradiction", "the two differ: the narrowest counts")
    page.value("licence", rights["license"] or "none is granted")
    page.value("address", rights["license_url"])
    admitted = "admits it" if rights["admitted"] else "does not admit it"
    page.value("gate", f"the recipe ({rights['group']}) {admitted}")
    page.value("credit", rights["attribution"])


def _tell_figure_line(page: Page, figure: Row, first: bool) -> None:
    if first:
        page.section("figures")
    outcome = figure["outcome"]
    panels = outcome.get("panels") or {}
    known = [figure["figure_label"], figure["figure_kind"]]
    if figure["graphics"] > 1:
        known.append(counted(figure["graphics"], "graphic"))
    counts = ", ".join(f"{counted(count, 'panel')} {STATES[state]}" for state, count in panels.items())
    told = counts or f"{STATES[outcome['state']]}: {outcome.get('reason') or outcome['why']}"
    page.item(f"{figure['figure_id']} ({', '.join(filter(None, known))}): {told}")


def _tell_place(page: Page, account: Row) -> None:
    place, published = account["place"], (account["panel"] or {}).get("published")
    page.section("place")
    page.value("hash", f"{place['hash']:.6f}, of the SHA-256 of {place['pmcid']}")
    page.value("split", f"{place['split']}, the hashes from {place['start']:g} to {place['end']:g}")
    page.value(
        "unit", f"{place['unit']}: {place['inside']:.6f} of the split, which has {counted(place['units'], 'unit')}"
    )
    page.value("receipt", place["unit_receipt"] or "none: the unit is not curated")
    if place["shard"]:
        page.value("shard", f"{place['shard']}, of {counted(place['shards'], 'shard')} of the split")
        page.value("receipt", place["shard_receipt"])
    if published:
        page.value("Parquet", f"{published['parquet']}, row group {published['row_group']}, row {published['row']}")
        page.value("WebDataset", published["webdataset"])
        page.value("check", _agrees(published["differs"]))


def _tell_made_by(page: Page, made_by: Row) -> None:
    page.section("made by")
    page.value("medconcept", f"{made_by['medconcept']}, configuration {made_by['config']}")
    page.value("stages", ", ".join(f"{name} {version}" for name, version in (made_by["stages"] or {}).items()))
    linker = made_by["linker"] or {}
    page.value("linker", ", ".join(f"{name} {linker[name]}" for name in ("method", "data") if name in linker))
    page.value("vocabulary", made_by["vocabulary"])
    page.value("encoder", made_by["encoder"])
    page.value("recipe", "; ".join(f"{name} {_setting(value)}" for name, value in made_by["recipe"].items()))
    page.value("libraries", ", ".join(f"{name} {version}" for name, version in (made_by["libraries"] or {}).items()))


def _setting(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "not set" if value is None else str(value)


def _agrees(differs: list[str] | None) -> str:
    """Whether the shard says of a panel what its unit says."""
    if differs is None:
        return "told by the shard alone: the unit's panels are not there"
    return f"differs from its unit in {', '.join(differs)}" if differs else "the shard says what the unit says"
