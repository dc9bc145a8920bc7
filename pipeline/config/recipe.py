"""The one document that configures a run: a recipe says what the corpus is, the run where and how it is built."""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.config.places import local, scheme
from schemas.errors import UserError
from schemas.explain import explain, nearest
from transforms.concepts.selection import PICTURED, Groups, known_groups

#: What a recipe or a command may name as its linker; "scispacy:MODEL" finds mentions by an installed spaCy model.
LINKERS = r"dictionary|trigram|quickumls|scispacy(:[\w.\-]+)?"
LINKER_NAMES = ["dictionary", "trigram", "quickumls", "scispacy", "scispacy:MODEL"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _full_path(path: str) -> str:
    return str(local(path))


def check_groups(groups: Groups) -> Groups:
    """`groups` with each named once, ascending; raises ValueError where one is unknown or none is named."""
    return groups if groups == "all" else known_groups(groups)


class Splits(_Strict):
    """The share of articles in each split."""

    train: float = Field(0.90, ge=0, le=1)
    validation: float = Field(0.05, ge=0, le=1)
    test: float = Field(0.05, ge=0, le=1)

    @model_validator(mode="after")
    def _whole(self) -> "Splits":
        if abs(self.train + self.validation + self.test - 1) > 1e-9:
            raise ValueError("the splits do not add up to 1")
        return self


class Recipe(_Strict):
    """What the corpus is. Two runs of one recipe over the same articles give the same dataset.

    `licenses`: which group of licences is admitted; `panels`: compound figures are split, or kept whole;
    `linker`: what finds the concepts (pipeline/resources/linkers.py);
    `concept_groups`: the semantic groups whose concepts are linked, the most general concepts left out; or all concepts
    (transforms/concepts/selection.py);
    `concept_score`: links of a smaller score are left out; None asks for what is the linker's own. The dictionary's
    score is the chance, calibrated on captions, that a link is right and says something of a picture; its own is 0.6.
    That of the others is a similarity, of which each demands some anyhow;
    `imaging_terms`: our list of imaging modalities and anatomy (transforms/concepts/imaging.tsv) is merged into the
    vocabulary;
    `duplicates`: all but the canonical member of a group are dropped, or every one is kept, flagged by its group or
    not; in any case no group stands in two splits;
    `withheld`: a folder of pictures or a Parquet file of images (pipeline/resources/images.py): panels that show one
    of them are left out, and so are their duplicates;
    `unit_articles`: the mean number of articles in a unit of work; `shard_rows`: triplets in an output shard.
    """

    licenses: Literal["commercial", "noncommercial", "all"] = "commercial"
    panels: Literal["split", "whole"] = "split"
    linker: str = Field("dictionary", pattern=f"^({LINKERS})$", examples=LINKER_NAMES)
    concept_groups: Annotated[Groups, AfterValidator(check_groups)] = PICTURED
    concept_score: float | None = Field(None, ge=0, le=1)
    imaging_terms: bool = True
    duplicates: Literal["drop", "flag", "keep"] = "drop"
    withheld: Annotated[str, Field(min_length=1), AfterValidator(_full_path)] | None = None
    splits: Splits = Splits()
    unit_articles: int = Field(256, ge=1)
    shard_rows: int = Field(4096, ge=1)


def _absolute(source: str) -> str:
    """A directory by its full path, so that a run is continued from anywhere; other sources as they are."""
    return source if source in ("", "demo") or scheme(source) else _full_path(source)


class Config(_Strict):
    """The resolved configuration, as written into `run.json`.

    `exclude`: article ids, with version (PMC13901v1) or without (all versions), that are left out; `workers`: processes
    of the local engine, None for one a core; `max_failed`: the share of articles that may fail by our own fault.
    """

    source: Annotated[str, AfterValidator(_absolute)]
    output: str
    recipe: Recipe = Recipe()
    umls: str | None = None
    vocabulary: str | None = None
    encoder: str | None = None
    limit: int | None = Field(None, ge=1)
    exclude: tuple[str, ...] = ()
    engine: Literal["local", "inline", "ray", "beam"] = "local"
    engine_options: tuple[str, ...] = ()
    workers: int | None = Field(None, ge=1)
    concurrency: int = Field(16, ge=1)
    max_failed: float = Field(0.01, ge=0, le=1)


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
    if not path.is_file():
        raise UserError(f"no recipe {name}: there is no such file")
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except UnicodeDecodeError:
        raise UserError(f"{path} is no valid YAML: it is not UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UserError(f"{path} is no valid YAML: {_yaml_fault(error)}") from None
    if not isinstance(given, dict):
        raise UserError(f"{path} is no mapping of settings")
    try:
        return Recipe.model_validate(given | {key: value for key, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise UserError(f"recipe {name}: {explain(error, Recipe)}") from None


def _yaml_fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}: {error.problem}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else " ".join(str(error).split())


def digest(value: Any) -> str:
    """A short hexadecimal digest of a JSON value, the same whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
