"""A build of a mirror of mutated articles: the second half of benchmarks/mutated.py."""

import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.commands import articles_of, medconcept
from benchmarks.mutations import MUTATIONS
from benchmarks.readers import PICTURES, content, samples
from tests.pipeline.servers import Mirror

RECIPE = "licenses: all\npanels: whole\nunit_articles: 16\n"


def write_mutated(root: Path, mirror: Path, count: int) -> set[str]:
    """A mirror of so many articles, in each of which something was mutated; the MD5s are those of the mutants."""
    made, real = Mirror(root), samples(mirror)
    for number in range(count):
        chance = Random(f"article {number}")
        jats = real["jats"][number % len(real["jats"])]
        name = f"PMC{7_000_000 + number}.1"
        media = {
            path.name: path.read_bytes()
            for path in sorted(jats.path.parent.iterdir())
            if path.suffix.lower() in PICTURES
        }
        media = dict(list(media.items())[:3])
        xml = content(jats)
        target = chance.choice(("jats", "jats", "picture", "metadata"))
        if target == "picture" and media:
            hurt = chance.choice(sorted(media))
            media[hurt] = chance.choice(MUTATIONS["picture"])(chance, media[hurt])
        else:
            xml = chance.choice(MUTATIONS["jats"])(chance, xml)
        made.add(name, xml, media)
        if target == "metadata":
            stated = (root / "metadata" / f"{name}.json").read_bytes()
            made.add_json(name, chance.choice(MUTATIONS["metadata"])(chance, stated))
    made.inventory()
    return {name.replace(".", "v") for name in made.etags}


def built(mirror: Path, count: int) -> tuple[list[str], bool]:
    """Lines that say how the build went, and whether all was as it should be."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        planned = write_mutated(folder / "mirror", mirror, count)
        (folder / "recipe.yaml").write_text(RECIPE)
        started = time.monotonic()
        build = medconcept("build", folder / "mirror", folder / "out", "--recipe", folder / "recipe.yaml")
        seconds = time.monotonic() - started
        verify = medconcept("verify", folder / "out")
        missing = planned - set(articles_of(folder / "out"))
    lines = [
        f"A mirror of {count} mutated articles was built in {seconds:.0f} s: exit status {build.status};",
        f"`verify`: {verify.last}; articles that are not accounted for: {len(missing)}",
    ]
    return lines, build.whole and verify.whole and not missing
