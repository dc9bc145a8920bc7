"""Damaged outputs: whatever happens to a file, a command says so in lines that name it, and never in a traceback."""

import hashlib
import io
import json
import shutil
import tarfile
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_verify import receipt_of, restamp, signed

from tests.running import medconcept
from transforms.emit import sample

#: What `digest` and `audit` read.
READ = ("run.json", "units/*/rejects", "units/*/*.json", "dedup/selection", "publish", "dataset/data")

#: A file of each kind.
FILES = [
    "run.json",
    "plan/train-*.parquet",
    "plan/snapshot-*.parquet",
    "plan/*.json",
    "units/*/articles-*.parquet",
    "units/*/figures-*.parquet",
    "units/*/panels-*.parquet",
    "units/*/parents-*.parquet",
    "units/*/rejects-*.parquet",
    "units/*/index-*.parquet",
    "units/*/thumbnails-*.bin",
    "units/*/proofs-*.bin",
    "units/*/*.json",
    "dedup/index.json",
    "dedup/centroids/centroids-*.npy",
    "dedup/centroids/*.json",
    "dedup/described/*/panels-*.parquet",
    "dedup/described/*/cells-*.parquet",
    "dedup/described/*/*.json",
    "dedup/edges/*/edges-*.parquet",
    "dedup/edges/*/*.json",
    "dedup/components/pictures-*.parquet",
    "dedup/components/edges-*.parquet",
    "dedup/components/*.json",
    "dedup/members/*/panels-*.parquet",
    "dedup/members/*/*.json",
    "dedup/groups/*/duplicates-*.parquet",
    "dedup/groups/*/edges-*.parquet",
    "dedup/groups/*/selection-*.parquet",
    "dedup/groups/*/members-*.parquet",
    "dedup/groups/*/*.json",
    "dedup/images/images-*.parquet",
    "dedup/images/*.json",
    "dedup/leaks/*/leaks-*.parquet",
    "dedup/leaks/*/*.json",
    "dedup/withheld/leaks-*.parquet",
    "dedup/withheld/*.json",
    "dedup/selection/selection-*.parquet",
    "dedup/selection/counts-*.parquet",
    "dedup/selection/*.json",
    "publish/train-00000/*.json",
    "ledger/units.parquet",
    "dataset/data/train-00000.parquet",
    "dataset/webdataset/train-000000.tar",
    "dataset/duplicates.parquet",
    "dataset/README.md",
    "dataset/croissant.json",
    "dataset/CITATION.cff",
    "dataset/CHECKSUMS",
    "vocabulary/*.lexicon",
    "encoder/*/encoder.onnx",
    "encoder/*/encoder.json",
]


def as_folder(path):
    path.unlink()
    path.mkdir()


def flip(path, share):
    data = bytearray(path.read_bytes())
    data[int(share * len(data))] ^= 1
    path.write_bytes(data)


def of(rows):
    """The same Parquet file with other rows."""

    def change(path):
        table = pq.read_table(path)
        pq.write_table(table.take(pa.array(list(rows(len(table))), pa.int64())), path, compression="zstd")

    return change


def set_in(path, *keys, value):
    document = json.loads(path.read_text())
    place = document
    for key in keys[:-1]:
        place = place[list(place)[key] if isinstance(key, int) else key]
    place[list(place)[keys[-1]] if isinstance(keys[-1], int) else keys[-1]] = value
    path.write_text(json.dumps(document))


def forge(path, *keys, value):
    """The same in a receipt, as a bug of ours would: it states its digest."""
    set_in(path, *keys, value=value)
    path.write_text(json.dumps(signed(json.loads(path.read_text()))))


ANY = {
    "deleted": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "garbled": lambda path: path.write_bytes(b"\xff\x00garbled\n" + path.read_bytes()[10:]),
    "flipped early": lambda path: flip(path, 0.1),
    "flipped": lambda path: flip(path, 0.5),
    "a folder": as_folder,
}
PARQUET = {
    "another table": lambda path: pq.write_table(pq.read_table(path).select([0]), path),
    "no rows": of(lambda count: []),
    "a row less": of(lambda count: range(1, count)),
    "a row doubled": of(lambda count: [0, *range(count)]),
}
DOCUMENTS = {
    "a list": lambda path: path.write_text("[]"),
    "a text": lambda path: path.write_text('"text"'),
    "deep": lambda path: path.write_text("[" * 100_000),
    "no UTF-8": lambda path: path.write_bytes(b'{"key": "\xff"}'),
    "NaN": lambda path: path.write_text('{"key": NaN, "files": NaN, "counts": NaN, "made_by": NaN}'),
}
RECEIPTS = {
    "no files": lambda path: forge(path, "files", value={}),
    "files null": lambda path: forge(path, "files", value=None),
    "a file null": lambda path: forge(path, "files", 0, value=None),
    "bytes a text": lambda path: forge(path, "files", 0, "bytes", value="12"),
    "bytes negative": lambda path: forge(path, "files", 0, "bytes", value=-1),
    "rows NaN": lambda path: forge(path, "files", 0, "rows", value=float("nan")),
    "rows wrong": lambda path: forge(path, "files", 0, "rows", value=10**30),
    "sha256 a list": lambda path: forge(path, "files", 0, "sha256", value=[]),
    "counts null": lambda path: forge(path, "counts", value=None),
    "a count a text": lambda path: forge(path, "counts", 0, value="7"),
    "another key": lambda path: forge(path, "key", value="0" * 16),
    "unsigned": lambda path: set_in(path, "counts", value={"rejects": {}}),
    "another digest": lambda path: set_in(path, "digest", value="0" * 16),
    "made by nothing": lambda path: forge(path, "made_by", value={}),
}


def cases():
    """Each damage of each file, verified in this process and by workers; 31 of 32 are slow together."""
    number = 0
    for file in FILES:
        damages = dict(ANY)
        damages |= PARQUET if file.endswith(".parquet") else {}
        damages |= DOCUMENTS if file.endswith(".json") else {}
        damages |= RECEIPTS if file.endswith("/*.json") else {}
        if file.startswith("ledger/"):
            del damages["deleted"]  # it is a cache
        for name, damage in damages.items():
            number += 1
            for engine in ("inline", "local"):
                marks = [pytest.mark.slow, pytest.mark.full] if number % 16 or engine == "local" else []
                yield pytest.param(file, damage, engine, id=f"{file}-{name}-{engine}".replace("/", "."), marks=marks)


@pytest.fixture(scope="module")
def corpus(demo, small_units, tmp_path_factory):
    """A copy of the demo corpus, of which a picture is withheld; whoever harms it mends it."""
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "images").mkdir()
    shard = pq.read_table(min(demo.glob("dataset/data/*"))).to_pylist()
    (folder / "images" / "one.png").write_bytes(shard[0]["image"])
    recipe = folder / "recipe.yaml"
    recipe.write_text(small_units.read_text() + f"withheld: {folder / 'images'}\n")
    medconcept("build", "demo", shutil.copytree(demo, folder / "out"), "--recipe", recipe, "--replace")
    return folder / "out"


@pytest.fixture
def mended(corpus, tmp_path):
    """Files of the corpus by a pattern; they are as before when the test ends."""
    kept = []

    def find(pattern):
        path = max(corpus.glob(pattern), key=lambda path: path.stat().st_size)
        kept.append((path, path.read_bytes()))
        return path

    yield find
    for path, data in reversed(kept):
        if path.is_dir():
            shutil.rmtree(path)
        path.write_bytes(data)


@pytest.fixture
def strays(corpus):
    """Two faults of their own, early and late in what `verify` looks at."""
    early, late = corpus / "units" / "stray" / "left.txt", corpus / "publish" / "stray" / "left.txt"
    for file in (early, late):
        file.parent.mkdir()
        file.write_text("left")
    yield
    for file in (early, late):
        shutil.rmtree(file.parent)


def test_the_sound_corpus_has_no_fault(run, corpus):
    assert run("verify", corpus) == (0, "no fault found\n", "")


def content(path):
    """What a file says: a flipped bit may stand where it says nothing."""
    try:
        if path.suffix == ".parquet":
            table = pq.ParquetFile(path).read()
            return table.schema, table.schema.metadata, table.to_pylist()
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return path.read_bytes()


@pytest.mark.parametrize(("file", "damage", "engine"), list(cases()))
def test_any_damage_of_any_file(run, corpus, mended, strays, file, damage, engine):
    path = mended(file)
    before = content(path)
    damage(path)
    if path.is_file() and content(path) == before:
        pytest.skip("it says the same")
    status, told, error = run("verify", corpus, "--engine", engine)
    assert (status, error) == (1, "")
    name = str(path.relative_to(corpus))
    told_of = name.removesuffix("encoder.json")
    if file.endswith("/*.json") and not path.is_file():
        told_of = f"{path.parent.relative_to(corpus)}: no receipt"
    assert any(told_of in line for line in told.splitlines()), told
    assert "units/stray" in told
    assert "publish/stray/left.txt: no receipt names it" in told
    for command in ("digest", "audit") if file.startswith(READ) and engine == "inline" else ():
        status, told, error = run(command, corpus)
        assert status in (0, 1)
        if status:
            assert told == ""
            assert error.count("\n") == 1
            assert error.startswith("medconcept: ")
            assert str(path.relative_to(corpus)) in error or "build it first" in error


@pytest.fixture
def out(demo, tmp_path):
    return shutil.copytree(demo, tmp_path / "out")


def rewrite(out, path, change):
    """Change the rows of a Parquet file, as a bug of ours would: its receipt vouches for it."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path, compression="zstd")
    restamp(out, path)
    return rows


def rewrite_shard(out, change, shard="train-00000"):
    """The same for a shard and its tar."""
    parquet = out / "dataset" / "data" / f"{shard}.parquet"
    rows, schema = rewrite(out, parquet, change), pq.read_schema(parquet)
    path = out / "dataset" / "webdataset" / f"{shard.replace('-', '-0')}.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in (member for row in rows for member in sample(row, schema)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    restamp(out, path)


def concept(rows):
    return next(row for row in rows if row["concepts"])["concepts"][0]


CHANGES = [
    ("concepts", lambda rows: concept(rows).update(cui="C0000000")),
    ("caption", lambda rows: rows[0].update(caption=rows[0]["caption"] + "!")),
    ("embedding", lambda rows: rows[0].update(embedding=rows[1]["embedding"])),
    ("duplicate_group", lambda rows: rows[0].update(duplicate_group="nowhere")),
    ("provenance.doi", lambda rows: rows[0]["provenance"].update(doi="10.1/1")),
    ("provenance.license", lambda rows: rows[0]["provenance"].update(license="CC BY-NC")),
    ("admits licences for commercial, not CC BY-NC", lambda rows: rows[0]["provenance"].update(license="CC BY-NC")),
    ("a crop under CC BY-ND", lambda rows: rows[0]["provenance"].update(license="CC BY-ND", detector="panels-5")),
    ("pipeline another", lambda rows: rows[0]["provenance"].update(pipeline="another")),
    ("config another", lambda rows: rows[1]["provenance"].update(config="another")),
    ("the image has another SHA-256", lambda rows: rows[0].update(image=rows[0]["image"] + b"\0")),
    ("not at", lambda rows: concept(rows).update(start=-1)),
    ("should stand", lambda rows: rows.reverse()),
    ("should stand", lambda rows: rows.insert(0, rows[0])),
    ("it ends before", lambda rows: rows.pop()),
]


SELECTED = "dedup/selection/selection-*.parquet"
DUPLICATES, CONFIRMED = "dedup/groups/*/duplicates-*.parquet", "dedup/groups/*/edges-*.parquet"

#: A panel that no corpus here holds.
NOBODY = "PMC1v1-f001-p01"


def second(rows):
    """The second row of a group of two."""
    sizes = Counter(row["group_id"] for row in rows)
    return next(row for row in rows if sizes[row["group_id"]] == 2 and row["rank"] == 1)


@pytest.mark.parametrize(("fault", "change"), CHANGES)
def test_a_shard_that_its_receipt_vouches_for_and_its_units_do_not(run, out, fault, change):
    rewrite_shard(out, change)
    status, told, _ = run("verify", out)
    assert status == 1
    assert any("dataset/data/train-00000" in line and fault in line for line in told.splitlines()), told


def test_a_shard_of_equal_size_under_the_receipt_of_another(run, out):
    path = out / "dataset" / "data" / "train-00000.parquet"
    data = path.read_bytes()
    cui = concept(pq.read_table(path).to_pylist())["cui"]
    rewrite_shard(out, lambda rows: concept(rows).update(cui="C0000000"))
    stale = path.read_bytes().ljust(len(data), b"\0")[: len(data)]
    marker = receipt_of(out, path)
    document = json.loads(marker.read_text())
    document["files"]["parquet"] |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    marker.write_text(json.dumps(signed(document)))
    path.write_bytes(stale)
    assert cui != "C0000000"
    status, told, _ = run("verify", out)
    assert status == 1
    assert f"dataset/data/train-00000.parquet: {len(data)} bytes with another SHA-256" in told


def test_a_row_that_moved_to_the_shard_of_another_split(run, out):
    moved = []
    rewrite_shard(out, lambda rows: moved.append(rows.pop()))
    rewrite_shard(out, lambda rows: rows.append(moved[0]), "test-00000")
    status, told, _ = run("verify", out)
    assert status == 1
    panel = moved[0]["panel_id"]
    assert f"dataset/data/train-00000.parquet: it ends before {panel}" in told
    assert f"dataset/data/test-00000.parquet: {panel} where None should stand" in told
    assert f"dataset/data/test-00000.parquet: {panel} belongs in train-00000" in told


def test_a_concept_that_was_changed_in_a_unit(run, out):
    path = max(out.glob("units/*/panels-*.parquet"), key=lambda path: path.stat().st_size)
    rewrite(out, path, lambda rows: concept(rows).update(cui="C0000000"))
    status, told, _ = run("verify", out)
    assert status == 1
    assert any(line.startswith("dedup/members/") and "its key is not" in line for line in told.splitlines())
    assert f"concepts differ from units/{path.parent.name}" in told
    assert any(line.startswith("publish/") and "its key is not" in line for line in told.splitlines())


def test_a_change_of_licences_that_was_half_made(run, out, small_units, monkeypatch):
    monkeypatch.setattr("pipeline.run._curate", None)  # the run ends when run.json is written
    arguments = ["--licenses", "noncommercial", "--engine", "inline", "--recipe", small_units, "--replace"]
    with pytest.raises(TypeError):
        run("build", "demo", out, *arguments)
    status, told, _ = run("verify", out)
    assert status == 1
    made = "made with licenses 'commercial', not 'noncommercial' as run.json says"
    assert sum(made in line for line in told.splitlines()) == len([*out.glob("units/*")])
    assert any("made with config" in line and "as run.json says" in line for line in told.splitlines())


def cut_panel(rows):
    rows[0]["image"] = rows[0]["image"][:-1]


@pytest.mark.parametrize(
    ("file", "fault", "change"),
    [
        ("panels", "the image has another SHA-256", cut_panel),
        ("panels", "panels and figures differ in mentions", lambda rows: rows[0].update(mentions=["another"])),
        ("panels", "is called PMC1", lambda rows: rows[0]["article"].update(pmcid="PMC1")),
        ("panels", "encoder another, not", lambda rows: rows[0].update(encoder="another")),
        ("panels", "embeddings of 2 components", lambda rows: rows[0].update(embedding=[0.0, 1.0])),
        ("panels", "article is missing in 1 rows", lambda rows: rows[0].update(article=None)),
        ("panels", "box is missing a part", lambda rows: rows[0].update(box=[0, 0, None, 1])),
        ("panels", "is no panel of", lambda rows: rows[0].update(panel_id="nonsense")),
        ("figures", "is no figure of", lambda rows: rows[0].update(figure_id="nonsense", graphic_id="nonsense")),
        ("figures", "panels and figures differ", lambda rows: [row.update(figure_label="another") for row in rows]),
        ("figures", "graphic_count is missing", lambda rows: rows[0].update(graphic_count=None)),
        ("index", "not what the panels say: width differ", lambda rows: rows[0].update(width=1)),
        ("index", "is not as its index states", lambda rows: rows[0].update(thumbnail_crc=1)),
        ("index", "is not as its index states", lambda rows: rows[0].update(proof_crc=1)),
        ("index", "one after the other", lambda rows: rows[0].update(proof_size=1)),
        ("index", "is not taken in as it is", lambda rows: rows[0].update(thumbnail_crc=1)),
        ("parents", "parents lack PMC", lambda rows: rows.pop()),
        ("parents", "of which no panel is a crop", lambda rows: rows[-1].update(graphic_id="PMC999999999v1-f001")),
        ("parents", "name one twice", lambda rows: rows.append(rows[-1])),
        ("parents", "parents and figures differ in graphic", lambda rows: rows[0].update(graphic="another")),
        ("parents", "are not of their size", lambda rows: rows[0].update(proof=b"no JPEG")),
        ("parents", "are not of their size", lambda rows: rows[0].update(thumbnail=b"short")),
        ("rejects", "reject by 'whim'", lambda rows: rows[0].update(stage="whim")),
        ("rejects", "unknown reason 'whim'", lambda rows: rows[0].update(reason="whim")),
        ("rejects", "is unconfirmed", lambda rows: rows[0].update(unconfirmed=not rows[0]["unconfirmed"])),
        ("articles", "not the articles of the plan", lambda rows: rows[0].update(etag="another")),
    ],
)
def test_a_unit_that_its_receipt_vouches_for(run, out, file, fault, change):
    path = max(out.glob(f"units/*/{file}-*.parquet"), key=lambda path: path.stat().st_size)
    rewrite(out, path, change)
    status, told, _ = run("verify", out)
    assert status == 1
    assert any(path.parent.name in line and fault in line for line in told.splitlines()), told


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("config", "recipe", "licenses"), "all"),
        (("config", "recipe", "shard_rows"), 9),
        (("config", "recipe", "duplicates"), "keep"),
        (("config", "recipe", "imaging_terms"), False),
        (("config", "recipe", "splits"), {"train": 0.5, "validation": 0.25, "test": 0.25}),
        (("config", "recipe", "concept_score"), 0.5),
        (("config", "recipe", "panels"), "whole"),
        (("config", "limit"), 3),
        (("config", "sample"), 0.5),
        (("config", "exclude"), ["PMC9000002"]),
        (("cut", "units"), {"train": 0, "validation": 0, "test": 0}),
        (("cut", "units"), {"train": 0}),
        (("cut", "shards"), {"train": 1, "validation": 0, "test": 0}),
        (("cut", "shards"), {"train": 30, "validation": 0, "test": 0}),
        (("cut", "shards"), None),
        (("snapshot", "checksum"), "0" * 64),
        (("snapshot", "articles"), 18),
        (("snapshot", "id"), "another"),
        (("dimension",), 128),
        (("vocabulary",), "another"),
        (("encoder",), "another"),
        (("versions", "medconcept"), "9"),
        (("key",), "0" * 16),
    ],
)
def test_a_run_file_that_does_not_fit(run, out, keys, value):
    set_in(out / "run.json", *keys, value=value)
    status, told, _ = run("verify", out)
    assert status == 1
    assert "run.json" in told


@pytest.mark.parametrize(
    ("file", "fault", "change"),
    [
        ("plan/train-*.parquet", "with another ETag or reject", lambda rows: rows[0].update(etag="another")),
        ("plan/train-*.parquet", "where the snapshot and run.json put", lambda rows: rows[0].update(unit="train-9")),
        ("plan/train-*.parquet", "where the snapshot and run.json put", lambda rows: rows.insert(0, rows[0])),
        ("plan/train-*.parquet", "the end where the snapshot", lambda rows: rows.pop()),
        ("plan/snapshot-*.parquet", "another checksum", lambda rows: rows[0].update(etag="another")),
        (SELECTED, "for 'whim', which is no reason", lambda rows: rows[0].update(left_out="whim")),
        (SELECTED, "is no panel id", lambda rows: rows[0].update(panel_id="nonsense")),
        (SELECTED, "not what the groups", lambda rows: rows[0].update(duplicate_group="another")),
        (SELECTED, "the order of the rows", lambda rows: rows.reverse()),
        (DUPLICATES, "unknown kind", lambda rows: rows[-1].update(kind="whim")),
        (DUPLICATES, "similarity nan", lambda rows: rows[-1].update(similarity=float("nan"))),
        (DUPLICATES, "there is no panel", lambda rows: rows[-1].update(panel_id=NOBODY)),
        (DUPLICATES, "has the ranks 0, 9", lambda rows: second(rows).update(rank=9)),
        (CONFIRMED, "is no panel id", lambda rows: rows[0].update(one="nonsense")),
        (CONFIRMED, "there is no panel", lambda rows: rows[0].update(one=NOBODY)),
        ("dataset/duplicates.parquet", "not what", lambda rows: rows[0].update(caption="another")),
    ],
)
def test_a_plan_and_duplicates_that_tell_another_story(run, out, file, fault, change):
    path = max(out.glob(file), key=lambda path: path.stat().st_size)
    rewrite(out, path, change)
    status, told, _ = run("verify", out)
    assert status == 1
    assert any(str(path.relative_to(out)) in line and fault in line for line in told.splitlines()), told


def only_line(status, error):
    """Whether a command did its work, or told in one line why not."""
    lines = [line for line in error.splitlines() if line.startswith("medconcept: ")]
    return (status, len(lines)) in ((0, 0), (1, 1)) and "Traceback" not in error


@pytest.mark.parametrize(
    "file",
    [
        "run.json",
        "plan/snapshot-*.parquet",
        "dedup/selection/selection-*.parquet",
        "dedup/groups/*/duplicates-*.parquet",
        "units/*/panels-*.parquet",
    ],
)
@pytest.mark.parametrize("damage", ["cut", "garbled", "a folder"])
def test_who_reads_a_damaged_output_ends_in_a_line(run, corpus, mended, tmp_path, file, damage):
    ANY[damage](mended(file))
    status, _, error = run("export", corpus, tmp_path / "records.jsonl")
    assert only_line(status, error), error
    status, _, error = run("leakage", corpus, "--images", corpus.parent / "images")
    assert only_line(status, error), error


@pytest.mark.parametrize(
    ("file", "damage", "status"),
    [
        ("run.json", "cut", 0),
        ("plan/snapshot-*.parquet", "garbled", 0),
        ("plan/train-*.parquet", "cut", 0),
        ("plan/*.json", "garbled", 0),
        ("dedup/selection/selection-*.parquet", "flipped", 0),
        ("publish/*/*.json", "flipped", 0),
        ("units/*/panels-*.parquet", "cut", 0),
        ("units/*/panels-*.parquet", "a folder", 0),
        ("units/*/index-*.parquet", "garbled", 0),
        ("units/*/thumbnails-*.bin", "flipped", 0),
        ("units/*/thumbnails-*.bin", "cut", 0),
        ("units/*/thumbnails-*.bin", "deleted", 0),
        ("units/*/proofs-*.bin", "flipped", 0),
        ("units/*/proofs-*.bin", "cut", 0),
        ("units/*/proofs-*.bin", "deleted", 0),
        ("units/*/parents-*.parquet", "garbled", 0),
        ("dedup/described/*/panels-*.parquet", "cut", 0),
        ("dedup/edges/*/edges-*.parquet", "garbled", 0),
        ("dedup/components/pictures-*.parquet", "flipped", 0),
        ("dedup/members/*/panels-*.parquet", "deleted", 0),
        ("units/*/*.json", "garbled", 0),
        ("dedup/index.json", "garbled", 0),
        ("dedup/centroids/centroids-*.npy", "cut", 0),
        ("dedup/groups/*/duplicates-*.parquet", "garbled", 0),
        ("dedup/groups/*/duplicates-*.parquet", "deleted", 0),
        ("dedup/groups/*/edges-*.parquet", "cut", 0),
        ("dataset/webdataset/train-000000.tar", "cut", 0),
        ("encoder/*/encoder.onnx", "a folder", 0),
        ("encoder/*/encoder.json", "cut", 0),
        ("vocabulary/*.lexicon", "a folder", 0),
        ("vocabulary/*.lexicon", "garbled", 0),
    ],
)
def test_a_build_makes_again_what_is_damaged_or_says_in_a_line_what_it_cannot_read(
    run, demo, small_units, tmp_path, file, damage, status
):
    out = shutil.copytree(demo, tmp_path / "out")
    path = min(out.glob(file))
    ANY[damage](path)
    ended, _, error = run("build", "demo", out, "--recipe", small_units, "--engine", "inline")
    assert ended == status
    assert only_line(ended, error), error
    if status:
        assert str(path.relative_to(out)) in " ".join(error.split())
    else:
        assert run("verify", out)[1] == "no fault found\n"


@pytest.mark.parametrize(
    ("keys", "value"), [(("counts",), {}), (("counts", "panels"), "7"), (("files",), {}), (("files",), [])]
)
def test_a_receipt_without_what_a_build_needs_of_it_is_none(run, demo, small_units, tmp_path, keys, value):
    out = shutil.copytree(demo, tmp_path / "out")
    shutil.rmtree(out / "ledger")  # which knows better
    set_in(min(out.glob("units/*/*.json")), *keys, value=value)
    assert run("audit", out)[0] == 1
    assert run("build", "demo", out, "--recipe", small_units, "--engine", "inline")[0] == 0
    assert run("verify", out)[1] == "no fault found\n"
