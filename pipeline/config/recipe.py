"""The one document that configures a run: a recipe says what the corpus is, the run where and how it is built."""

import hashlib
import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipeline.config.documents import read_mapping
from pipeline.config.places import local, scheme
from schemas.errors import UserError
from schemas.explain import explain, nearest
from transforms.captions.language import Languages, known_languages
from transforms.concepts.selection import PICTURED, Groups, known_groups
from transforms.modality.names import Modalities, known_modalities
from transforms.rights.licenses import Licenses, known_licenses

#: What a recipe or a command may name as its linker; "scispacy:MODEL" finds mentions by an installed spaCy model.
LINKERS = r"dictionary|trigram|quickumls|scispacy(:[a-zA-Z]\w*)?"
LINKER_NAMES = ["dictionary", "trigram", "quickumls", "scispacy", "scispacy:MODEL"]


#: `yes` is no number, and 1 is not true.
Count = Annotated[int, Field(ge=1, le=10**9, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _full_path(path: str) -> str:
    return str(local(path))


def check_groups(groups: Groups) -> Groups:
    """`groups` with each named once, ascending; raises ValueError where one is unknown or none is named."""
    return groups if groups == "all" else known_groups(groups)


def _as_texts(languages: Any) -> Any:
    """The codes as they are; raises ValueError where YAML read Norwegian as false."""
    if languages is False or (isinstance(languages, list) and any(each is False for each in languages)):
        raise ValueError('YAML reads no as false: write "no" for Norwegian')
    return languages


def _check_languages(languages: Languages) -> Languages:
    return languages if languages == "all" else known_languages(languages)


def _check_modalities(modalities: Modalities) -> Modalities:
    return modalities if modalities == "all" else known_modalities(modalities)


def _check_licenses(licenses: Licenses) -> Licenses:
    return known_licenses(licenses) if isinstance(licenses, tuple) else licenses


class Splits(_Strict):
    """The share of articles in each split."""

    train: Share = 0.90
    validation: Share = 0.05
    test: Share = 0.05

    @model_validator(mode="after")
    def _whole(self) -> "Splits":
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("the splits do not add up to 1")
        return self


class Recipe(_Strict):
    """What the corpus is. Two runs of one recipe over the same articles give the same dataset.

    `licenses`: which group of licences is admitted, or a list of those that are (transforms/rights/licenses.py);
    `crop_noderivatives`: figures under a licence that permits no derivatives are cut into panels all the same;
    `third_party`: figures whose caption names where they come from ("adapted from [3]"), without a claim of rights, are
    kept or dropped;
    `languages`: figures are kept whose caption is in one of these (ISO 639-1), or whose language is not known; or all;
    `panels`: compound figures are split (`split`), kept whole (`whole`), or left out (`single`: pictures of one panel
    alone, whole);
    `grain`: where they are split a triplet is a panel that the caption tells apart, with all its cells (`letter`), or
    each cell (`cell`); `min_side`: crops with a shorter side, in pixels, are left out; `max_triplets_per_figure`: the
    further panels of a figure are left out, None keeps all;
    `linker`: what finds the concepts (pipeline/resources/linkers.py);
    `concept_groups`: the semantic groups whose concepts are linked, the most general concepts left out; or all concepts
    (transforms/concepts/selection.py);
    `concept_score`: links of a smaller score are left out; None asks for what is the linker's own. The dictionary's
    score is the chance, calibrated on captions, that a link is right and says something of a picture; its own is 0.6.
    That of the others is a similarity, of which each demands some anyhow;
    `imaging_terms`: our list of imaging modalities and anatomy (transforms/concepts/imaging.tsv) is merged into the
    vocabulary;
    `modalities`: panels of other modalities are left out: top levels, whole names (transforms/modality/names.py) and
    "unknown";
    `duplicates`: all but the canonical member of a group are dropped, or every one is kept, flagged by its group or
    not; in any case no group stands in two splits;
    `concept_cap`: so many triplets a concept, about: a triplet is kept with the chance `concept_cap` / count of the
    rarest of its concepts in the corpus, which its own hash decides; None keeps all (transforms/concepts/cap.py);
    `withheld`: a folder of pictures or a Parquet file of images (pipeline/resources/images.py): panels that show one
    of them are left out, and so are their duplicates;
    `unit_articles`: about how many articles are a unit of work; `shard_rows`: about how many triplets an output shard.
    """

    licenses: Annotated[Licenses, AfterValidator(_check_licenses)] = "commercial"
    crop_noderivatives: Annotated[bool, Field(strict=True)] = False
    third_party: Literal["keep", "drop"] = "keep"
    languages: Annotated[Languages, BeforeValidator(_as_texts), AfterValidator(_check_languages)] = "all"
    panels: Literal["split", "whole", "single"] = "split"
    grain: Literal["letter", "cell"] = "letter"
    min_side: Annotated[int, Field(ge=0, le=10**9, strict=True)] = 64
    max_triplets_per_figure: Count | None = None
    linker: str = Field("dictionary", pattern=f"^({LINKERS})$", examples=LINKER_NAMES)
    concept_groups: Annotated[Groups, AfterValidator(check_groups)] = PICTURED
    concept_score: Share | None = None
    imaging_terms: Annotated[bool, Field(strict=True)] = True
    modalities: Annotated[Modalities, AfterValidator(_check_modalities)] = "all"
    duplicates: Literal["drop", "flag", "keep"] = "drop"
    concept_cap: Count | None = None
    withheld: Annotated[str, Field(min_length=1), AfterValidator(_full_path)] | None = None
    splits: Splits = Splits()
    unit_articles: Count = 256
    shard_rows: Count = 4096


def _absolute(source: str) -> str:
    """A directory by its full path, so that a run is continued from anywhere; other sources as they are."""
    return source if source in ("", "demo") or scheme(source) else _full_path(source)


class Config(_Strict):
    """The resolved configuration, as written into `run.json`.

    `limit`: so many articles, for trying out; `sample`: a share of the units, a random and nested part of the source;
    `snapshot`: the day of the inventory that was asked for, None for the newest;
    `articles`: the digest of the list of articles that the build is restricted to (a lock, published records);
    `exclude`: article ids, with version (PMC13901v1) or without (all versions), that are left out; `workers`: processes
    of the local engine, None for one a core; `concurrency`: threads of a worker that read from the source; `requests` a
    second and `connections`: bounds of all workers together, where the source is not on this machine; `max_failed`: the
    share of articles that may fail by our own fault; `max_missing`: the share of a unit's and of a run's objects that
    may be missing or damaged, though listed, before the source counts as ill; `patience`: seconds for which a source or
    an output may be away; `keep_units`: units keep their panels when all is published.
    """

    source: Annotated[str, AfterValidator(_absolute)]
    output: str
    recipe: Recipe = Recipe()
    umls: str | None = None
    vocabulary: str | None = None
    encoder: str | None = None
    limit: Count | None = None
    sample: float | None = Field(None, gt=0, le=1)
    snapshot: date | None = None
    articles: str | None = None
    exclude: tuple[str, ...] = ()
    engine: Literal["local", "inline", "ray", "beam"] = "local"
    engine_options: tuple[str, ...] = ()
    workers: Count | None = None
    concurrency: Count = 16
    requests: Count = 1000
    connections: Count = 256
    max_failed: Share = 0.01
    max_missing: Share = 0.1
    patience: float = Field(90.0, ge=0)
    keep_units: bool = True


def load_recipe(name: str, **overrides: Any) -> Recipe:
    """A recipe of the package by its name, or one from a YAML file; `overrides` that are not None take precedence.

    Raises:
        UserError: there is no such recipe, or it is faulty.
    """
    shipped = {Path(str(path)).stem: path for path in (files("pipeline.config") / "recipes").iterdir()}
    path = Path(name) if name.endswith((".yaml", ".yml")) else shipped.get(name)
    if path is None:
        raise UserError(
            f"no recipe {name}; name a YAML file or one of {', '.join(sorted(shipped))}{nearest(name, shipped)}"
        )
    given = read_mapping(Path(str(path)))
    try:
        return Recipe.model_validate(given | {key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise UserError(f"recipe {name}: {explain(error, Recipe)}") from None


def digest(value: Any) -> str:
    """A short hexadecimal digest of a JSON value, the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
