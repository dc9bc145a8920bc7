"""Concept linkers side by side: captions a second of one core, peak memory and load time, on the same vocabulary.

    python -m benchmarks.link CAPTIONS.jsonl.gz (--umls DIR | --vocabulary FILE) [--linkers NAME ...]
        [--python-for NAME=PYTHON ...] [--captions N]

The linkers are our dictionary, QuickUMLS and scispaCy behind the same interface, MedCAT 2.9 as a dictionary (its own
tokeniser, no trained context, no spelling) and, as an upper bound, the bare automaton of ahocorasick_rs over the
lower-case names, which only finds them. Each builds its index, loads it and links in processes of its own; MedCAT and
the automaton may have another Python, as their dependencies need not agree with ours. Seconds are CPU seconds of one
thread; the peak is that of the linking process, pages of mapped files included.
"""

import argparse
import csv
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

BATCH = 2048
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
COLUMNS = ("cui", "name", "ontologies", "name_status", "type_ids", "description")  # of MedCAT

Link = Callable[[list[str]], int]  # how many concepts it finds


def dictionary(folder: Path) -> Link:
    from pipeline.resources.linkers import open_linker
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.selection import PICTURED

    return _ours(open_linker("dictionary", Lexicon.open(folder / "lexicon"), PICTURED))


def build_quickumls(folder: Path) -> None:
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.quickumls import build_index

    build_index(Lexicon.open(folder / "lexicon"), folder / "quickumls")


def quickumls(folder: Path) -> Link:
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.quickumls import QuickUmlsLinker

    return _ours(QuickUmlsLinker(Lexicon.open(folder / "lexicon"), folder / "quickumls"))


def build_scispacy(folder: Path) -> None:
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.scispacy import build_index

    build_index(Lexicon.open(folder / "lexicon"), folder / "scispacy")


def scispacy(folder: Path) -> Link:
    from transforms.concepts.lexicon import Lexicon
    from transforms.concepts.scispacy import ScispacyLinker

    return _ours(ScispacyLinker(Lexicon.open(folder / "lexicon"), folder / "scispacy"))


def _ours(linker) -> Link:
    return lambda texts: sum(map(len, linker.link(texts)))


def build_medcat(folder: Path) -> None:
    from medcat.cat import CAT
    from medcat.config import Config
    from medcat.model_creation.cdb_maker import CDBMaker
    from medcat.vocab import Vocab

    config = Config()
    config.general.nlp.provider = "regex"
    config.general.spell_check = False
    maker = CDBMaker(config)
    maker.prepare_csvs([str(folder / "names.csv")])
    CAT(cdb=maker.cdb, vocab=Vocab(), config=config).save_model_pack(str(folder), "medcat", add_hash_to_pack_name=False)


def medcat(folder: Path) -> Link:
    from medcat.cat import CAT

    cat = CAT.load_model_pack(str(folder / "medcat"))
    return lambda texts: sum(len(cat.get_entities(text)["entities"]) for text in texts)


def automaton(folder: Path) -> Link:
    from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

    with (folder / "names.csv").open(encoding="utf-8", newline="") as file:
        names = sorted({row["name"].lower() for row in csv.DictReader(file)} - {""})
    found = AhoCorasick(names, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA)
    return lambda texts: sum(len(found.find_matches_as_indexes(text.lower())) for text in texts)


#: QuickUMLS first: the others are compared with it.
LINKERS = {
    "quickumls": quickumls,
    "dictionary": dictionary,
    "medcat": medcat,
    "automaton": automaton,
    "scispacy": scispacy,
}
BUILDERS = {"quickumls": build_quickumls, "scispacy": build_scispacy, "medcat": build_medcat}


def build(name: str, folder: Path) -> dict[str, float]:
    (folder / name).mkdir()
    started = time.process_time()
    if name in BUILDERS:
        BUILDERS[name](folder)
    return {"build": time.process_time() - started}


def link(name: str, folder: Path) -> dict[str, float]:
    captions = json.loads((folder / "captions.json").read_text("utf-8"))
    started = time.perf_counter()
    linker = LINKERS[name](folder)
    linker(captions[:1])
    load = time.perf_counter() - started
    started = time.process_time()
    found = sum(linker(captions[start : start + BATCH]) for start in range(0, len(captions), BATCH))
    seconds = time.process_time() - started
    return {"rate": len(captions) / seconds, "found": found, "load": load, "peak": _peak()}


STEPS = {"build": build, "link": link}


def _peak() -> float:
    """The most memory that the program has held, in MiB. What getrusage says includes the process that started it."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def measure(python: str, name: str, folder: Path) -> dict[str, float] | str:
    """What building, loading and linking took, each in its own process; or the last line of what went wrong."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    measured: dict[str, float] = {}
    for step in STEPS:
        command = [python, __file__, "--step", step, name, str(folder)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        measured |= json.loads(done.stdout.splitlines()[-1])
    return measured


def prepare(arguments: argparse.Namespace, folder: Path) -> None:
    """Lay out what the linkers read: the captions, the lexicon, and its names as a table."""
    from pipeline.resources.vocabularies import open_vocabulary
    from transforms.concepts.lexicon import PREFERRED, VARIANT

    with gzip.open(arguments.captions, "rt", encoding="utf-8") as file:
        captions = [json.loads(line)["caption"] for line in file][: arguments.limit]
    (folder / "captions.json").write_text(json.dumps(captions), "utf-8")
    lexicon = open_vocabulary(arguments.umls, arguments.vocabulary)
    (folder / "lexicon").symlink_to(lexicon.file.resolve())
    rows = [row for row, flags in enumerate(lexicon.name_flags.tolist()) if not flags & VARIANT]
    with (folder / "names.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, restval="")
        table.writeheader()
        for row in rows:
            concept = int(lexicon.name_concept[row])
            status = "P" if lexicon.name_flags[row] & PREFERRED else "A"
            cui, types = lexicon.cui(concept), "|".join(lexicon.semantic_types(concept))
            table.writerow({"cui": cui, "name": lexicon.name(row), "name_status": status, "type_ids": types})
    print(f"{len(captions)} captions; {lexicon.version}: {len(rows)} names of {lexicon.concepts} concepts", flush=True)


def main() -> None:
    if sys.argv[1:2] == ["--step"]:
        step, name, folder = sys.argv[2:5]
        print(json.dumps(STEPS[step](name, Path(folder))))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("captions", type=Path)
    vocabulary = parser.add_mutually_exclusive_group(required=True)
    vocabulary.add_argument("--umls")
    vocabulary.add_argument("--vocabulary", type=Path)
    parser.add_argument("--linkers", nargs="+", choices=LINKERS, default=list(LINKERS))
    parser.add_argument("--python-for", action="append", default=[], metavar="NAME=PYTHON")
    parser.add_argument("--captions", dest="limit", type=int)
    arguments = parser.parse_args()
    pythons = dict(pair.split("=", 1) for pair in arguments.python_for)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(arguments, folder)
        columns = ("captions/s", 12), ("x QuickUMLS", 13), ("found", 9), ("load s", 9), ("peak MiB", 10), ("build s", 9)
        print(f"{'linker':<12}" + "".join(f"{column:>{width}}" for column, width in columns))
        base = None
        for name in arguments.linkers:
            row = measure(pythons.get(name, sys.executable), name, folder)
            if isinstance(row, str):
                print(f"{name:<12}left out: {row}", flush=True)
                continue
            base = row["rate"] if name == "quickumls" else base
            ratio = f"{row['rate'] / base:.1f}" if base else ""
            numbers = f"{row['found']:>9}{row['load']:>9.2f}{row['peak']:>10.0f}{row['build']:>9.1f}"
            print(f"{name:<12}{row['rate']:>12.0f}{ratio:>13}{numbers}", flush=True)


if __name__ == "__main__":
    main()
