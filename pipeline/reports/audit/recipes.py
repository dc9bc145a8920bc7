"""The name of a recipe, as a comparison tells it."""

from importlib.resources import files

from pipeline.config.recipe import Recipe, load_recipe

#: What shapes files and no rows.
_SIZES = {"unit_articles", "shard_rows"}


def recipe_name(recipe: Recipe) -> str:
    """The name of the shipped recipe that this is, else what it has that the default has not."""
    mine = recipe.model_dump(mode="json", exclude=_SIZES)
    names = sorted(each.name.partition(".")[0] for each in (files("pipeline.config") / "recipes").iterdir())
    shipped = {name: load_recipe(name).model_dump(mode="json", exclude=_SIZES) for name in names}
    for name, theirs in shipped.items():
        if theirs == mine:
            return name
    changes = [f"{name}: {_shown(value)}" for name, value in mine.items() if value != shipped["default"][name]]
    return f"default but for {', '.join(changes)}"


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)
