"""Splitters of captions side by side: captions a second of one core, and how near their texts are to people's.

    python -m benchmarks.captions CAPTIONS.jsonl[.gz] [--before DIR]

A line holds a "caption" and, where people gave texts to its panels, "gt_subfigures" (panel_captions_dev of
shared/data). Timed are the captions that name panels. Beside ours: letters in order by a regular expression, a text
from each letter to the next, as MultiCaRe splits captions; and with --before the splitter of another checkout, for
example the rules of before (`git worktree add DIR 7cc2463`). Seconds are CPU seconds of one thread, the best of three
rounds.
"""

import argparse
import gzip
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

Splitter = Callable[[str], dict[str, str]]
ROUNDS = 3

_LETTER = re.compile(r"(?:^|(?<=[\s.;,]))\(?([A-Za-z])[).:]\s?")


def letters_in_order(caption: str) -> dict[str, str]:
    """The text of each letter: from it to the next in order, behind what stands before the first."""
    found, wanted = [], "a"
    for match in _LETTER.finditer(caption):
        if match[1].casefold() == wanted:
            found.append((match.start(), match[1]))
            wanted = chr(ord(wanted) + 1)
    if len(found) < 2:
        return {}
    lead = caption[: found[0][0]]
    ends = pairwise([*(start for start, _ in found), len(caption)])
    return {letter: lead + caption[start:end] for (_, letter), (start, end) in zip(found, ends, strict=True)}


def ours(caption: str) -> dict[str, str]:
    """The splitter of this checkout."""
    from transforms.captions.split import caption_parts

    return {part["label"]: part["text"] for part in caption_parts(caption, None)}


def measure(splitter: Splitter, rows: list[dict[str, Any]], timed: list[str]) -> dict[str, float]:
    """Captions a second, and the mean token F1 over the panels that people described."""
    speeds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for caption in timed:
            splitter(caption)
        speeds.append(len(timed) / (time.process_time() - start))
    scores = [score for row in rows for score in _scores(splitter(row["caption"]), row.get("gt_subfigures", []))]
    return {"captions_per_s": max(speeds), "token_f1": sum(scores) / max(len(scores), 1), "panels": len(scores)}


def _scores(texts: dict[str, str], panels: list[dict[str, Any]]) -> list[float]:
    """The token F1 of each panel that people described; 0 where its letter was not found."""
    plain = {label.casefold(): text for label, text in texts.items()}
    described = [panel for panel in panels if panel.get("label") and panel.get("caption")]
    return [_f1(plain.get(panel["label"]["text"].casefold(), ""), panel["caption"]) for panel in described]


def _f1(text: str, truth: str) -> float:
    mine, theirs = (Counter(re.findall(r"\w+", each.casefold())) for each in (text, truth))
    return 2 * (mine & theirs).total() / max(mine.total() + theirs.total(), 1)


def _read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _elsewhere(folder: Path, rows: list[dict[str, Any]], timed: list[str]) -> dict[str, float]:
    """The same in another checkout, by this file's code there."""
    code = (
        "import json, runpy, sys\n"
        f"names = runpy.run_path({str(Path(__file__).resolve())!r})\n"
        "rows, timed = json.load(sys.stdin)\n"
        "print(json.dumps(names['measure'](names['ours'], rows, timed)))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, input=json.dumps([rows, timed]), cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def main() -> None:
    """Print a line for each splitter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--before", type=Path, metavar="DIR", help="another checkout of this repository")
    arguments = parser.parse_args()
    rows = _read(arguments.captions)
    timed = [row["caption"] for row in rows if ours(row["caption"])]
    results = {"ours": measure(ours, rows, timed), "letters in order": measure(letters_in_order, rows, timed)}
    if arguments.before:
        results["before"] = _elsewhere(arguments.before, rows, timed)
    print(f"{len(rows)} captions, {len(timed)} of them name panels and are timed")
    for name, found in results.items():
        ratio = found["captions_per_s"] / results["letters in order"]["captions_per_s"]
        truth = f", token F1 {found['token_f1']:.3f} of {found['panels']:.0f} panels" if found["panels"] else ""
        print(f"{name}: {found['captions_per_s']:.0f} captions/s (x {ratio:.2f}){truth}")


if __name__ == "__main__":
    main()
