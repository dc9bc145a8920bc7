"""Leakage: what is reported of evaluation images, in whatever form they come; and a corpus from which they are kept."""

import io
import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageDraw, ImageOps
from test_verify import rewrite

from pipeline.phases.verify import faults
from pipeline.sources.demo.cache import demo_mirror
from pipeline.storage.store import open_store
from schemas.duplicates import IMAGES
from schemas.figures import PARENTS
from tests.running import digest, medconcept
from transforms.duplicates.leaks import FindLeaks
from transforms.duplicates.proofs import proof
from transforms.duplicates.thumbnails import Held

CHANGES = {
    "jpeg": lambda picture: picture,
    "crop": lambda picture: ImageOps.crop(picture, round(0.05 * min(picture.size))),
    "half": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "gray": lambda picture: picture.convert("L"),
}
STRANGERS = 12
NO_FIGURES = PARENTS.empty_table()


@pytest.fixture(scope="module")
def triplets(demo):
    """Every second triplet of the demo corpus by its panel, and each that has a duplicate."""
    rows = [row for file in sorted(demo.glob("dataset/data/*")) for row in read(file)]
    return {row["panel_id"]: row for number, row in enumerate(rows) if number % 2 or row["duplicate_group"]}


@pytest.fixture(scope="module")
def images(triplets, tmp_path_factory):
    """Copies of triplets, exact and changed, among strangers and files that are no pictures."""
    folder = tmp_path_factory.mktemp("evaluation") / "images"
    for name in ("exact", "strange", "broken", *CHANGES):
        (folder / name).mkdir(parents=True)
    for panel, row in triplets.items():
        (folder / "exact" / panel).write_bytes(row["image"])
        for name, change in CHANGES.items():
            picture = change(Image.open(io.BytesIO(row["image"])).convert("RGB"))
            picture.save(folder / name / panel, "JPEG" if name == "jpeg" else "PNG", quality=40)
    for number in range(STRANGERS):
        stranger(number).save(folder / "strange" / f"{number}.png")
    (folder / "broken" / "empty.png").write_bytes(b"")
    (folder / "broken" / "notes.txt").write_text("no picture")
    (folder / "broken" / "short.jpg").write_bytes((folder / "jpeg" / panel).read_bytes()[:400])
    return folder


@pytest.fixture(scope="module")
def report(demo, images, tmp_path_factory):
    """The report on `images`: its lines, and what was told."""
    file = tmp_path_factory.mktemp("report") / "report.jsonl"
    done = medconcept("leakage", demo, "--images", images, "-o", file)
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()], done


@pytest.fixture(scope="module")
def withholding(images, tmp_path_factory):
    """A recipe that withholds the exact copies, and the corpus built by it."""
    folder = tmp_path_factory.mktemp("withheld")
    shutil.copytree(images / "exact", folder / "images")
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"unit_articles: 3\nshard_rows: 8\nwithheld: {folder / 'images'}\n")
    told = medconcept("build", "demo", folder / "out", "--recipe", recipe).stdout
    return recipe, folder / "out", told


@pytest.fixture
def withheld(withholding, tmp_path):
    """A copy of this corpus."""
    return shutil.copytree(withholding[1], tmp_path / "out")


GROUPS, LEAKS_FOUND = "dedup/groups/*/duplicates-*.parquet", "dedup/withheld/leaks-*.parquet"


def splits(out):
    """The split of each published panel."""
    files = out.glob("dataset/data/*")
    return {row["panel_id"]: file.name.partition("-")[0] for file in files for row in read(file)}


def one(out, pattern):
    (path,) = out.glob(pattern)
    return path


def read(file):
    return pq.read_table(file).to_pylist()


def stranger(seed):
    """Rectangles and ellipses at random over noise."""
    dice = np.random.default_rng(seed)
    picture = Image.fromarray(dice.integers(90, 166, (40, 50, 3), np.uint8)).resize((250, 200))
    draw = ImageDraw.Draw(picture)
    for shape in (draw.ellipse, draw.rectangle) * 5:
        x, y, width, height = dice.integers((0, 0, 10, 10), (200, 150, 120, 90)).tolist()
        shape((x, y, x + width, y + height), fill=tuple(dice.integers(0, 256, 3).tolist()))
    return picture


def test_exact_copies(report, triplets):
    found = {(row["image"], row["panel_id"]): row for row in report[0]}
    for panel, triplet in triplets.items():
        row = found[f"exact/{panel}", panel]
        assert list(row) == ["panel_id", "image", "of", "kind", "similarity", "likeness", "split", "duplicate_group"]
        assert (row["kind"], row["similarity"], row["likeness"]) == ("exact", 1, 1)
        assert row["duplicate_group"] == triplet["duplicate_group"]
    assert sum(row["kind"] == "exact" for row in report[0]) >= len(triplets)


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies(report, triplets, change):
    found = {(row["image"], row["panel_id"]) for row in report[0]}
    # Strips of blots 30 pixels high lose at half the size what tells them apart.
    assert sum((f"{change}/{panel}", panel) in found for panel in triplets) >= 0.7 * len(triplets)


def test_strangers_and_broken_files(report, images, triplets):
    rows, done = report
    assert not [row for row in rows if row["image"].startswith(("strange", "broken"))]
    reasons = done.stderr.splitlines()
    assert [line.split(": ")[2] for line in reasons] == ["broken/empty.png", "broken/notes.txt", "broken/short.jpg"]
    total = len(triplets) * (1 + len(CHANGES)) + STRANGERS
    assert done.stdout.startswith(f"{total} images, 3 skipped; ")


def test_each_match_names_the_split_of_a_published_panel(demo, report):
    published = splits(demo)
    groups = {row["panel_id"]: row["group_id"] for row in read(one(demo, GROUPS))}
    for row in report[0]:
        assert row["split"] == published.get(row["panel_id"])
        assert row["duplicate_group"] == groups.get(row["panel_id"])
    assert any(row["split"] is None for row in report[0])  # a dropped duplicate


WHOLE = {
    "source": lambda picture: picture,
    "half": lambda picture: picture.resize((picture.width // 2, picture.height // 2)),
    "larger": lambda picture: picture.resize((picture.width * 3 // 2, picture.height * 3 // 2)),
    "gray": lambda picture: picture.convert("L"),
}


def parents(out):
    """The graphics that panels of a corpus are crops of, each with these panels and its file in the demo mirror."""
    rows = [row for path in out.glob("units/*/parents-*.parquet") for row in read(path)]
    panels = [row["panel_id"] for path in out.glob("units/*/index-*.parquet") for row in read(path)]
    for row in rows:
        name, version = row["article_id"].split("v")
        crops = {panel for panel in panels if panel.startswith(f"{row['graphic_id']}-p")}
        yield row["graphic_id"], crops, demo_mirror() / f"{name}.{version}" / row["graphic"]


def test_whole_figures_leak_all_their_panels(run, demo, tmp_path):
    """They were cut: none of their panels shows what the file shows. Other sizes and JPEG of another quality do."""
    wanted = {}
    for graphic, crops, file in parents(demo):
        assert len(crops) > 1
        for name, change in WHOLE.items():
            path = tmp_path / "images" / name / graphic
            path.parent.mkdir(parents=True, exist_ok=True)
            change(Image.open(file)).save(path, "JPEG", quality=60)
            wanted[f"{name}/{graphic}"] = crops
        shutil.copy(file, tmp_path / "images" / graphic)
        wanted[graphic] = crops
    status, told, _ = run("leakage", demo, "--images", tmp_path / "images", "-o", tmp_path / "report.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "report.jsonl").open()]
    of_figures = [row for row in rows if row["of"] == "figure"]
    found = {image: {row["panel_id"] for row in of_figures if row["image"] == image} for image in wanted}
    assert (status, found) == (0, wanted)
    assert {row["image"] for row in of_figures if row["kind"] == "exact"} == {
        name for name in wanted if "/" not in name
    }
    assert all(row["similarity"] is None and row["likeness"] > 0.95 for row in of_figures)
    assert f"{len(wanted)} of them in " in told


def test_a_withheld_figure_keeps_its_panels_out(demo, tmp_path):
    _, crops, file = min(parents(demo))
    (tmp_path / "images").mkdir()
    WHOLE["half"](Image.open(file)).save(tmp_path / "images" / "half.jpg", quality=60)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"unit_articles: 3\nshard_rows: 8\nwithheld: {tmp_path / 'images'}\n")
    medconcept("build", "demo", tmp_path / "out", "--recipe", recipe)
    assert crops & splits(demo).keys()
    assert not crops & splits(tmp_path / "out").keys()
    assert {row["of"] for row in read(one(tmp_path / "out", LEAKS_FOUND)) if row["panel_id"] in crops} == {"figure"}
    assert list(faults(open_store(str(tmp_path / "out")))) == []


def test_the_sum(report):
    rows, done = report
    panels = {row["panel_id"]: row["split"] for row in rows if row["split"]}
    told = done.stdout.split(" in ")[1]
    assert int(told.split()[0]) >= len(panels)
    counts = [int(part.split()[0]) for part in told.split(": ")[1].split(", ")]
    assert sum(counts) == int(told.split()[0])


@pytest.mark.parametrize(
    ("column", "names"), [("image", None), ("jpg", "image_id"), ("picture", "path"), ("image", "id")]
)
def test_a_parquet_file(run, demo, triplets, tmp_path, column, names):
    pictures = [row["image"] for row in triplets.values()][:4]
    rows = [*pictures, pictures[0], None, b"no picture"]
    given = [f"PMC9000001v1-f001-p{n:02d}" for n in [1, 2, 3, 4, 1, 6, 7]]  # a name like that of a panel is but a name
    columns = {"split": ["test"] * 7, column: [{"bytes": row, "path": None} for row in rows]}
    if column == "jpg":
        columns[column] = pa.array(rows, pa.large_binary())
    pq.write_table(pa.table(columns | ({names: given} if names else {})), tmp_path / "images.parquet")
    status, told, error = run("leakage", demo, "--images", tmp_path / "images.parquet", "-o", tmp_path / "report.jsonl")
    assert status == 0
    assert error.count("\n") == 2
    assert told.startswith(f"{4 if names else 5} images, 2 skipped; {4 if names else 5} of them in ")
    exact = {(row["image"], row["panel_id"]) for row in map(json.loads, (tmp_path / "report.jsonl").open())}
    order = given if names else [str(n) for n in range(7)]
    assert exact >= set(zip(order[:5], [*list(triplets)[:4], next(iter(triplets))], strict=True))


def test_no_leak_is_no_failure(run, demo, tmp_path):
    stranger(1).save(tmp_path / "one.png")
    status, told, error = run("leakage", demo, "--images", tmp_path)
    assert (status, told, error) == (0, "1 images, 0 skipped; 0 of them in 0 triplets\n", "")


def test_a_link_that_leads_nowhere_is_one_of_those_skipped(run, demo, tmp_path):
    stranger(1).save(tmp_path / "one.png")
    (tmp_path / "two.png").symlink_to(tmp_path / "nowhere.png")
    status, told, error = run("leakage", demo, "--images", tmp_path)
    assert (status, told) == (0, "1 images, 1 skipped; 0 of them in 0 triplets\n")
    assert "two.png: " in error


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["{demo}"], 2, "--images"),
        (["{demo}", "--images", "{tmp}/nowhere"], 1, "nowhere: no such folder or file"),
        (["{demo}", "--images", "{tmp}/empty"], 1, "holds no picture"),
        (["{demo}", "--images", "{tmp}/text.parquet"], 1, "cannot be read as Parquet"),
        (["{demo}", "--images", "{tmp}/texts.parquet"], 1, "no column of images"),
        (["{demo}", "--images", "{tmp}/good", "-o", "{tmp}/nowhere/report"], 1, "nowhere/report"),
        (["{tmp}/empty", "--images", "{tmp}/empty"], 1, "holds no run"),
        (["{demo}", "--images", "{tmp}/good", "-o", "{tmp}/good/one.png"], 1, "one.png is read: name another file"),
        (["{demo}", "--images", "{tmp}/good", "-o", "{demo}/run.json"], 1, "run.json is read: name another file"),
        (["{demo}", "--images", "{tmp}/texts.parquet", "-o", "{tmp}/texts.parquet"], 1, "texts.parquet is read"),
        (["{demo}", "--images", "{tmp}/good/one.png"], 1, "one.png is no folder, and cannot be read as Parquet"),
    ],
)
def test_wrong_input(run, demo, tmp_path, arguments, status, told):
    (tmp_path / "empty").mkdir()
    (tmp_path / "good").mkdir()
    stranger(1).save(tmp_path / "good" / "one.png")
    (tmp_path / "text.parquet").write_text("no table")
    pq.write_table(pa.table({"image": ["a text"], "png": [1]}), tmp_path / "texts.parquet")
    done = run("leakage", *(argument.format(demo=demo, tmp=tmp_path) for argument in arguments))
    assert done[:2] == (status, "")
    assert told in done[2]
    assert done[2].count("\n") == 1


def test_withheld_images_and_their_duplicates_are_not_published(run, demo, triplets, images, withholding):
    out = withholding[1]
    assert list(faults(open_store(str(out)))) == []
    published = {row["panel_id"] for file in out.glob("dataset/data/*") for row in read(file)}
    groups = {row["panel_id"]: row["group_id"] for row in read(one(out, GROUPS))}
    assert published
    assert not published & triplets.keys()
    assert not {groups.get(panel) for panel in published} - {None} & {groups.get(panel) for panel in triplets}
    assert run("leakage", out, "--images", images / "exact")[1].endswith("; 0 of them in 0 triplets\n")
    before, after = splits(demo), splits(out)
    assert after.items() <= before.items()  # each in its split


def test_the_funnel_counts_what_is_withheld(withholding):
    _, out, told = withholding
    steps = {row["step"]: row["count"] for row in read(out / "audit" / "coverage" / "funnel.parquet")}
    groups = {row["panel_id"]: row["group_id"] for row in read(one(out, GROUPS))}
    found = {row["panel_id"] for row in read(one(out, LEAKS_FOUND))}
    hit = {groups[panel] for panel in found & groups.keys()}
    gone = found | {panel for panel, group in groups.items() if group in hit}
    left_out = {row["panel_id"] for row in read(one(out, "dedup/selection/selection-*.parquet")) if row["left_out"]}
    assert gone <= left_out
    assert steps["panels that are not withheld"] == steps["panels"] - len(gone)
    assert steps["triplets"] == steps["panels"] - len(left_out)
    assert "panels that are not withheld" in told


def test_resuming_does_nothing_and_other_images_give_another_dataset(run, demo, withholding, withheld, tmp_path):
    text = withholding[0].read_text()
    pictures = shutil.copytree(withholding[0].parent / "images", tmp_path / "images")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(text.replace(str(withholding[0].parent), str(tmp_path)))

    def build(*options):
        assert run("build", "demo", withheld, "--recipe", recipe, *options)[0] == 0
        return digest(withheld)

    before, written = digest(withheld), times(withheld)
    assert build() == before  # the same images in another place
    assert times(withheld) == written
    for file in sorted(pictures.iterdir())[1:]:
        file.unlink()
    after = build()
    assert after not in (before, digest(demo))
    assert list(faults(open_store(str(withheld)))) == []
    recipe.write_text("unit_articles: 3\nshard_rows: 8\n")
    assert build("--replace") == digest(demo)
    assert not list(withheld.glob("dedup/withheld*/*"))
    assert list(faults(open_store(str(withheld)))) == []


def times(out):
    """When what depends on the withheld images was written."""
    files = [*out.glob("dedup/**/*.parquet"), *out.glob("dataset/data/*"), *out.glob("publish/*/*")]
    return {file: file.stat().st_mtime_ns for file in files}


def test_wrong_withheld_images_are_told_before_the_work(run, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"withheld: {tmp_path / 'nowhere'}\n")
    status, _, error = run("build", "demo", tmp_path / "out", "--recipe", recipe)
    assert (status, error) == (1, f"medconcept: {tmp_path / 'nowhere'}: no such folder or file\n")
    recipe.write_text("withheld: ''\n")
    assert "withheld must be a text that is not empty" in run("build", "demo", tmp_path / "out", "--recipe", recipe)[2]


WRONG = "not what the groups, the edges and the recipe of run.json lead to"


def selected(out):
    return one(out, "dedup/selection/selection-*.parquet").relative_to(out)


def test_verify_finds_a_withheld_panel_that_was_published(withheld):
    published = pq.read_table(min(withheld.glob("dataset/data/*")), columns=["panel_id"])["panel_id"][0].as_py()

    def add(table):
        row = table.slice(0, 1).set_column(0, table.schema.field(0), pa.array([published]))
        return pa.concat_tables([table, row.cast(table.schema)])

    rewrite(withheld, one(withheld, LEAKS_FOUND), add)
    assert f"{selected(withheld)}: {published}: {WRONG}" in list(faults(open_store(str(withheld))))


def test_verify_finds_a_panel_left_out_that_is_not_withheld(withheld):
    path = one(withheld, LEAKS_FOUND)
    grouped = {row["panel_id"] for row in read(one(withheld, GROUPS))}
    alone = min({row["panel_id"] for row in read(path)} - grouped)
    rewrite(withheld, path, lambda table: table.filter(pc.not_equal(table["panel_id"], alone)))
    assert f"{selected(withheld)}: {alone}: {WRONG}" in list(faults(open_store(str(withheld))))
    path.unlink()
    assert f"{path.relative_to(withheld)}: missing" in list(faults(open_store(str(withheld))))


def described(names, pixels, hashes, vectors):
    thumbnails = [np.full((64, 64), 255, np.uint8).tobytes()] * len(names)
    proofs = [proof(Image.new("L", (64, 64), 255))] * len(names)
    columns = [names, pixels, hashes, list(np.array(vectors, np.float16)), thumbnails, proofs]
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, IMAGES, strict=True)], schema=IMAGES)


def test_what_is_found_does_not_hang_on_the_panels_beside(demo):
    panels = pa.concat_tables(map(indexed, sorted(demo.glob("units/*"))))
    images = panels.select(["panel_id", *IMAGES.names[1:]]).rename_columns(IMAGES.names).cast(IMAGES)
    find = FindLeaks(images, 0.6, Held(), Held())
    whole = find(panels, NO_FIGURES)
    assert whole == pa.concat_tables(find(panels.slice(n, 1), NO_FIGURES) for n in range(len(panels)))
    pairs = {(row["panel_id"], row["image"]) for row in whole.to_pylist()}
    assert pairs >= {(panel, panel) for panel in panels["panel_id"].to_pylist()}


def indexed(unit):
    """The index of a unit with the pictures of its rows."""
    index, data = pq.read_table(one(unit, "index-*.parquet")), one(unit, "thumbnails-*.bin").read_bytes()
    thumbnails = [data[start : start + 4096] for start in range(0, len(data), 4096)]
    data = one(unit, "proofs-*.bin").read_bytes()
    places = zip(index["proof_start"].to_pylist(), index["proof_size"].to_pylist(), strict=True)
    proofs = [data[start : start + size] for start, size in places]
    for name, column in {"thumbnail": thumbnails, "proof": proofs}.items():
        index = index.append_column(name, pa.array(column, pa.binary()))
    return index


def test_pictures_without_a_hash_match_by_their_pixels_alone():
    images = described(["b", "a", "c"], ["x", "x", "y"], [None] * 3, [[1, 0], [1, 0], [0, 1]])
    panels = described(["p", "q"], ["x", "z"], [None, 7], [[1, 0], [1, 0]]).rename_columns(
        ["panel_id", *IMAGES.names[1:]]
    )
    find = FindLeaks(images, 0.6, Held(), Held())
    assert [(row["panel_id"], row["image"], row["kind"]) for row in find(panels, NO_FIGURES).to_pylist()] == [
        ("p", "a", "exact"),
        ("p", "b", "exact"),
    ]
    assert find(panels.slice(0, 0), NO_FIGURES).to_pylist() == []
