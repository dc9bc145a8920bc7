"""Compiling a UMLS of full size: time, peak memory, size of the file, time to open it, memory that a worker adds.

    python -m benchmarks.vocabulary FOLDER [--concepts 3300000] [--plain]

The release is generated into FOLDER, always the same: for 3.3 million concepts, 10 million English atoms, and 3.5
million that are suppressed or in other languages. Names are made of Greek and Latin roots and of plain words, drawn
by Zipf's law; 36 characters long on average; concepts share names and abbreviations. `--plain` measures a pickled
dict of lower-case names to lists of CUIs beside the lexicon. Each measurement has a process of its own; what a worker
adds is measured while another one uses the same file, as pages that only one process maps count as its own.
"""

import argparse
import multiprocessing
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from transforms.concepts.compile import compile_lexicon
from transforms.concepts.imaging import with_imaging
from transforms.concepts.lexicon import VARIANT, Lexicon
from transforms.concepts.umls import Filters, describe, umls_names
from transforms.concepts.words import ngram_keys, tokenise

ROOTS = (
    "aden angi arthr blephar bronch carcin cardi cephal cerebr chol chondr col cost crani cyst cyt dactyl dent derm "
    "duoden encephal enter erythr fibr gastr gingiv gloss gluc gon gynec hem hepat hist hyster immun irid kerat "
    "lact lapar laryng leuk lip lith lymph mamm mast melan mening metr mit my myel nas necr nephr neur ocul odont "
    "onc onych ophthalm orch oste ot ovari pancreat path pelv peritone pharyng phleb pleur pneum proct prostat "
    "psych pulmon pyel radi rect ren retin rhin salping sarc scler sial sigmoid spermat splen spondyl steat stern "
    "stomat tend test thorac thromb thyr tonsill trache ur uter vagin valv vas ven vertebr vesic viscer"
)
ENDS = (
    "al algia ase ation cele centesis cyte dynia ectasis ectomy edema emia genesis genic gram graphy ia iasis ic "
    "ide in ine itis lysis malacia megaly meter oid ol oma opathy opia oscopy ose osis ostomy otomy ous pathy penia "
    "pexy phagia philia phobia plasia plasty plegia ptosis rrhage rrhea sclerosis stenosis trophy uria"
)
PLAIN = (
    "acute adult anterior artery benign bilateral blood bone brain cancer cell chronic closed complete congenital "
    "deficiency disease disorder distal due effect excision external familial finding fracture function gene heart "
    "human infection inferior injury internal joint kidney left lesion level ligament lobe lower lung malignant "
    "mass muscle neck nerve normal oral other pain partial posterior primary procedure product protein proximal "
    "right secondary severe skin structure superior surface syndrome system test tissue tumor type unspecified "
    "upper vein virus wall with"
)
SOURCES = np.array(["SNOMEDCT_US", "NCI", "MSH", "MTH", "RXNORM", "LNC", "ICD10CM", "MDR", "HPO", "OMIM", "GO", "CHV"])
LANGUAGES = np.array(["SPA", "FRE", "GER", "POR", "CZE", "DUT"])
TERM_TYPES = np.array(["PT", "SY", "MH", "ET", "PN", "LN"])
GENERATED = 50_000  # concepts at a time


#: The ways in which sources write a name, and how many of a hundred atoms each takes.
STYLES: list[tuple[int, Callable[[list[str], int], str]]] = [
    (30, lambda name, _: " ".join(name)),
    (15, lambda name, _: " ".join(name).capitalize()),
    (10, lambda name, _: f"{name[-1].capitalize()}, {' '.join(name[:-1]) or name[0]}"),
    (7, lambda name, _: " ".join(name).upper()),
    (8, lambda name, _: f"{' '.join(name).capitalize()} (disorder)"),
    (6, lambda name, _: f"{'-'.join(name[:2])} {' '.join(name[2:])}".strip()),
    (6, lambda name, number: f"{' '.join(name)} {number % 40}"),
    (5, lambda name, _: f"{name[0]} of {' '.join(name[1:]) or name[0]}"),
    (4, lambda name, number: "".join(word[0] for word in name).upper() + (str(number % 9) if number % 3 else "")),
    (4, lambda name, _: f"{' '.join(name)}s"),
    (3, lambda name, _: f"{name[0].capitalize()}'s {' '.join(name[1:])}".strip()),
    (2, lambda name, number: f"{number % 9},{number % 7}-{''.join(name[:2])}-[{number}]{' '.join(name[2:])}"),
]
WRITE = [write for share, write in STYLES for _ in range(share)]


def words(random: np.random.Generator, count: int) -> list[str]:
    """Distinct words; the plain ones are the most frequent."""
    roots, ends = ROOTS.split(), ENDS.split()
    first, second, end = (random.integers(0, size, 2 * count) for size in (len(roots), len(roots), len(ends)))
    long = random.random(2 * count) < 0.4
    made = (
        roots[a] + ("o" + roots[b] if two else "") + ends[c]
        for a, b, c, two in zip(first.tolist(), second.tolist(), end.tolist(), long.tolist(), strict=True)
    )
    return [*PLAIN.split(), *list(dict.fromkeys(made))[:count]]


def generate(folder: Path, concepts: int) -> None:
    random = np.random.default_rng(20)
    lexis = words(random, max(concepts // 10, 1000))
    with (folder / "MRCONSO.RRF").open("w") as mrconso, (folder / "MRSTY.RRF").open("w") as mrsty:
        for begin in range(0, concepts, GENERATED):
            count = min(GENERATED, concepts - begin)
            mrconso.writelines(atoms(random, lexis, begin, count))
            types = random.integers(1, 204, count)
            mrsty.writelines(
                f"C{begin + index:07d}|T{tui:03d}|A1|Type|AT{begin + index:08d}||\n" for index, tui in enumerate(types)
            )
    ranks = [(source, kind) for source in SOURCES for kind in TERM_TYPES]
    lines = (f"{len(ranks) - index:04d}|{source}|{kind}|N|\n" for index, (source, kind) in enumerate(ranks))
    (folder / "MRRANK.RRF").write_text("".join(lines))
    (folder / "release.dat").write_text("umls.release.name=2026AA\n")


def atoms(random: np.random.Generator, lexis: list[str], begin: int, count: int) -> Iterator[str]:
    """The lines of MRCONSO.RRF of `count` concepts."""
    many = random.geometric(1 / 4.15, count)  # atoms of a concept
    owners = np.repeat(np.arange(count), many)
    total = len(owners)
    first = np.concatenate([[True], owners[1:] != owners[:-1]])
    lengths = random.choice([1, 2, 3, 4, 5, 6, 7, 9], count, p=[0.08, 0.24, 0.26, 0.19, 0.11, 0.07, 0.03, 0.02])
    drawn = np.minimum(random.zipf(1.25, (count, 9)) - 1, 1 << 40) % len(lexis)
    uniform = random.integers(0, len(lexis), (count, 9))
    drawn = np.where(random.random((count, 9)) < 0.5, drawn, uniform)
    # A hundredth of the atoms are names of a neighbouring concept.
    owner_of_name = np.where(random.random(total) < 0.01, np.minimum(owners + 1, count - 1), owners)
    style, number = random.integers(0, 100, total), random.integers(0, 5000, total)
    state = random.random(total)
    language = np.where((state < 0.28) & ~first, random.choice(LANGUAGES, total), "ENG")
    suppressed = np.where((state > 0.94) & ~first, "O", "N")
    columns = (owners, owner_of_name, first, style, number, language, suppressed)
    sources, kinds = random.choice(SOURCES, total), random.choice(TERM_TYPES, total)
    for at, (owner, named, own, how, digits, tongue, flag, source, kind) in enumerate(
        zip(*(column.tolist() for column in (*columns, sources, kinds)), strict=True)
    ):
        cui, name = f"C{begin + owner:07d}", [lexis[index] for index in drawn[named, : lengths[named]]]
        status = "P|L{0}|PF|S{0}|Y" if own else "S|L{0}|PF|S{0}|Y"
        text = WRITE[how](name, digits)
        identity = f"{begin:07d}{at:06d}"
        yield f"{cui}|{tongue}|{status.format(identity)}|A{identity}||||{source}|{kind}|{digits}|{text}|0|{flag}||\n"


def compile_names(folder: Path, file: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        compile_lexicon(with_imaging(umls_names(folder, Filters(), Path(scratch))), file, describe(folder, Filters()))


def pickle_names(lexicon: Path, file: Path) -> None:
    names: dict[str, list[str]] = {}
    compiled = Lexicon.open(lexicon)
    for row in np.flatnonzero(compiled.name_flags & VARIANT == 0).tolist():
        names.setdefault(compiled.name(row).lower(), []).append(compiled.cui(int(compiled.name_concept[row])))
    file.write_bytes(pickle.dumps(names))


def open_lexicon(file: Path) -> tuple[Lexicon, Callable[[list[str]], int]]:
    lexicon = Lexicon.open(file)

    def look_up(texts: list[str]) -> int:
        keys, found = tokenise(texts).keys, 0
        for length in range(1, 9):
            runs = ngram_keys(keys, length)
            runs = runs[lexicon.begins(runs)]
            found += int(np.count_nonzero(lexicon.lookup(runs)[1]))
        return found

    return lexicon, look_up


def open_pickle(file: Path) -> tuple[dict[str, list[str]], Callable[[list[str]], int]]:
    names = pickle.loads(file.read_bytes())

    def look_up(texts: list[str]) -> int:
        found = 0
        for text in texts:
            words = text.lower().split()
            found += sum(
                " ".join(words[begin:end]) in names
                for begin in range(len(words))
                for end in range(begin + 1, min(begin + 8, len(words)) + 1)
            )
        return found

    return names, look_up


def work(opener: Callable, file: Path, texts: list[str], results: multiprocessing.Queue, others: object) -> None:
    before, started = private(), time.perf_counter()
    held, look_up = opener(file)
    opened = time.perf_counter() - started
    for _ in range(2):  # the first time the pages are read
        started = time.perf_counter()
        for begin in range(0, len(texts), 256):
            look_up(texts[begin : begin + 256])
        rate = len(texts) / (time.perf_counter() - started)
    others.wait()
    results.put((opened, private() - before, rate))
    others.wait()
    del held


def private() -> float:
    """MB of memory that are this process's alone."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1000


def workers(opener: Callable, file: Path, texts: list[str]) -> tuple[float, float, float]:
    """Of two workers at once, the worse: seconds to open, private MB added, texts a second."""
    context = multiprocessing.get_context("spawn")
    results, barrier = context.Queue(), context.Barrier(2)
    processes = [context.Process(target=work, args=(opener, file, texts, results, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    opened, added, rates = zip(*(results.get() for _ in processes), strict=True)
    for process in processes:
        process.join()
    return max(opened), max(added), min(rates)


def measured(function: Callable, *arguments: object) -> tuple[float, float]:
    """Seconds and peak GB of a function in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (function, arguments))


def _measured(function: Callable, arguments: tuple) -> tuple[float, float]:
    started = time.perf_counter()
    function(*arguments)
    seconds = time.perf_counter() - started
    [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return seconds, int(peak.split()[1]) / 1e6


def captions(lexicon: Lexicon, count: int) -> list[str]:
    """Texts of three names each, among plain words."""
    rows = np.linspace(0, len(lexicon.name_concept) - 1, 3 * count).astype(int)
    names = [lexicon.name(int(row)) for row in np.random.default_rng(7).permutation(rows)]
    plain = " ".join(PLAIN.split()[::6])
    return [f"{plain} of {', '.join(names[at : at + 3])} (arrow), shown with {plain}." for at in range(0, 3 * count, 3)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--concepts", type=int, default=3_300_000)
    parser.add_argument("--plain", action="store_true", help="the pickled dict beside it (6 GB of memory at full size)")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        lexicon, plain = folder / "lexicon", folder / "plain.pickle"
        seconds, _ = measured(generate, folder, arguments.concepts)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
        print(f"generated {size:.2f} GB in {seconds:.0f} s", flush=True)
        seconds, peak = measured(compile_names, folder, lexicon)
        compiled = Lexicon.open(lexicon)
        print(f"compiled {compiled.header['counts']} in {seconds:.0f} s, {peak:.2f} GB at most", flush=True)
        texts = captions(compiled, 5000)
        rows = [("lexicon", lexicon, open_lexicon)]
        if arguments.plain:
            measured(pickle_names, lexicon, plain)
            rows.append(("pickled dict", plain, open_pickle))
        print(f"{'':<14}{'file MB':>9}{'open s':>9}{'private MB':>12}{'texts/s':>9}")
        for title, file, opener in rows:
            opened, added, rate = workers(opener, file, texts)
            print(f"{title:<14}{file.stat().st_size / 1e6:>9.0f}{opened:>9.3f}{added:>12.1f}{rate:>9.0f}", flush=True)


if __name__ == "__main__":
    main()
