"""What two runs of one output must agree in: a setting that changes what is built is told, not silently obeyed."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config.recipe import Config
from pipeline.config.run_record import RunRecord


def changes(before: RunRecord, config: Config, vocabulary: str, encoder: str) -> Iterator[str]:
    """The settings in which a run differs from the one that made the output, each as "name: before -> now".

    Where the work is done is no such setting, nor is whether units keep their panels; nor is a larger limit or sample,
    nor one more article that is left out, nor which images are withheld and where they lie, as long as some are.
    `vocabulary` and `encoder` are the versions of what the run would use; those that the program brings may be newer.
    """
    was = before.config
    yield from _differences("source", was.source, config.source)
    recipes = [settings.recipe.model_dump() for settings in (was, config)]
    if all(recipe["withheld"] for recipe in recipes):
        recipes = [recipe | {"withheld": None} for recipe in recipes]
    yield from _differences("recipe", *recipes)
    for name in ("limit", "sample"):
        now, then = getattr(config, name), getattr(was, name)
        if now is not None and (then is None or now < then):
            yield f"{name}: {then or 'none'} -> {now}"
    yield from _differences(
        "the list of articles (--locked, RECORDS)", was.articles or "none", config.articles or "none"
    )
    if back := set(was.exclude) - set(config.exclude):
        yield f"exclude: {len(back)} fewer, among them {min(back)}"
    if any((was.umls, was.vocabulary, config.umls, config.vocabulary)):
        yield from _differences("vocabulary", before.vocabulary, vocabulary)
    if was.encoder or config.encoder:
        yield from _differences("encoder", before.encoder, encoder)


def _differences(name: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in before:
            yield from _differences(f"{name}.{key}", before[key], now[key])
    elif before != now:
        yield f"{name}: {_told(before)} -> {_told(now)}"


def _told(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
