"""The network that annotated captions teach: which candidate is a right link that says something of a picture."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.linking.captions import Captions, Senses, align, interchangeable, with_captions
from training.linking.fit import calibrate, fit_network
from transforms.concepts.candidates import Candidates
from transforms.concepts.choice import choose
from transforms.concepts.dictionary import judge
from transforms.concepts.lexicon import Lexicon
from transforms.concepts.model import Model, Network
from transforms.concepts.selection import PICTURED, wanted_concepts
from transforms.concepts.word_features import Words

#: Groups of articles, each described by what was counted in the others.
GROUPS = 8

Parts = Sequence[NDArray[Any]]  # of the groups

_log = logging.getLogger(__name__)


def train_captions(model: Model, captions: Captions, lexicon: Lexicon) -> Model:
    """The model of abstracts with what annotated captions teach.

    What is counted in an article never describes it: the articles are dealt out to GROUPS groups, and each is described
    by the counts of the others. The calibration is fitted on what networks of the other groups say of each.
    """
    links, wanted = align(captions), wanted_concepts(lexicon, PICTURED)
    group = (np.random.default_rng(0).permutation(captions.articles.max() + 1) % GROUPS)[captions.articles]
    numbers, outputs, found, senses = [], [], [], interchangeable(captions)
    for inner in range(GROUPS):
        part = captions.take(np.flatnonzero(group == inner))
        described = model._replace(statistics=with_captions(model.statistics, links, group != inner))
        judged = judge(part.texts, lexicon, described, wanted=wanted)
        numbers.append(judged.caption_features(lexicon, described))
        outputs.append(useful(part, senses, judged.words, judged.found, lexicon))
        found.append(judged.found)
    chances = list(unseen(numbers, outputs))
    network = _fit(numbers, outputs)._replace(
        calibration=calibrate(np.concatenate(chances), np.concatenate(outputs)[:, 0])
    )
    wanted = sum(is_useful for links in captions.links for *_, is_useful in links)
    for least in np.arange(0.2, 0.75, 0.05):
        _log.info(_measured(least, network, chances, outputs, found, wanted))
    everything = np.ones(len(captions.texts), np.bool_)
    return model._replace(statistics=with_captions(model.statistics, links, everything), captions=network)


def unseen(numbers: Parts, outputs: Parts) -> Iterator[NDArray[np.float32]]:
    """For each group the chances that the network of the others gives its candidates."""
    for group, mine in enumerate(numbers):
        others = [other for other in range(len(numbers)) if other != group]
        yield _fit([numbers[at] for at in others], [outputs[at] for at in others]).chances(mine)[:, 0]


def _measured(
    least: float, network: Network, chances: Parts, outputs: Parts, found: Sequence[Candidates], wanted: int
) -> str:
    """How links of this score and more do in captions that the network has not seen."""
    links = right = 0
    for mine, truth, candidates in zip(chances, outputs, found, strict=True):
        scores = np.interp(mine, *network.calibration)
        chosen = choose(candidates, np.round(1024 * (scores - least)).astype(np.int64))
        links, right = links + len(chosen), right + int(truth[chosen].sum())
    precision, recall = right / links, right / wanted
    f1 = 2 * precision * recall / (precision + recall)
    return f"least {least:.2f}: {links} links, precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}"


def _fit(numbers: Parts, outputs: Parts) -> Network:
    return fit_network(np.concatenate(numbers), np.concatenate(outputs), 24, epochs=15, decay=1e-2)


def useful(captions: Captions, senses: Senses, words: Words, found: Candidates, lexicon: Lexicon) -> NDArray[np.bool_]:
    """Whether each candidate is a right link that says something of a picture; a column."""
    links = {
        (text, start, end): senses[captions.texts[text][start:end].lower()] | {cui}
        for text, each in enumerate(captions.links)
        for start, end, cui, is_useful in each
        if is_useful
    }
    tokens = words.tokens
    places = zip(
        tokens.texts[found.start].tolist(),
        tokens.starts[found.start].tolist(),
        tokens.ends[found.end].tolist(),
        lexicon.name_concept[found.row].tolist(),
        strict=True,
    )
    return np.array([[lexicon.cui(concept) in links.get((text, *span), ())] for text, *span, concept in places])
