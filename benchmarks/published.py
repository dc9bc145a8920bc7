"""Compare a linker with the records that ConceptCLIP published, where the vocabulary holds their concepts.

python -m benchmarks.published RECORDS.jsonl --umls DIR [--linker NAME]

Prints every disagreement, and how many published concepts the linker finds at the same place, with the same CUI.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from pipeline.resources.linkers import open_linker
from pipeline.resources.vocabularies import open_vocabulary
from transforms.concepts.published import umls_meta_info


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("records", type=Path)
    parser.add_argument("--umls", required=True)
    parser.add_argument("--linker", default="dictionary")
    arguments = parser.parse_args()

    lexicon = open_vocabulary(arguments.umls, None, imaging=False)  # as the recipe medconcept23m
    linker = open_linker(arguments.linker, lexicon)
    records = [json.loads(line) for line in arguments.records.read_text("utf-8").splitlines()]
    linked = linker.link([record["caption"] for record in records])
    counts = Counter(linked=sum(map(len, linked)))
    for record, concepts in zip(records, linked, strict=True):
        ours = umls_meta_info(record["caption"], concepts)
        for info in record["umls_meta_info"]:
            counts.update(compare(info, ours, lexicon, record["graphic_ref"]))
    print(linker.name, lexicon.version, dict(counts))


def compare(info, ours, lexicon, figure):
    """What one published concept adds to the counts; a disagreement is printed."""
    concept = lexicon.concept_of(info["umls_cui"])
    yield "published"
    if concept is None:
        return
    yield "in the vocabulary"
    near = [one for one in ours if one["start_char"] < info["end_char"] and info["start_char"] < one["end_char"]]
    same = [one for one in near if (one["start_char"], one["end_char"]) == (info["start_char"], info["end_char"])]
    if same:
        yield "same span"
    if any(one["umls_cui"] == info["umls_cui"] for one in near):
        yield "overlapping span and same CUI"
    if any(one["umls_cui"] == info["umls_cui"] for one in same):
        yield "same span and CUI"
        return
    theirs = f"{' '.join(info['tokens']).replace(' ##', '')} = {info['umls_cui']} {lexicon.preferred(concept)}"
    found = [
        f"{one['text']} = {one['umls_cui']} {lexicon.preferred(lexicon.concept_of(one['umls_cui']))}" for one in near
    ]
    print(f"{figure}: {theirs} | {'; '.join(found) or '-'}")


if __name__ == "__main__":
    main()
