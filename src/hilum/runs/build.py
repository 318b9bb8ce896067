"""A recipe's words into a network."""

from torch import nn

from hilum.data import TabularInputs
from hilum.models import models
from hilum.registry import settings_of
from hilum.runs.recipe import SUPPLIED_TO_MODELS, Recipe
from hilum.schema import ConfigError
from hilum.tasks import Task
from hilum.tasks.task import OWN, LearnsBeside


def takes_images(recipe: Recipe) -> bool:
    """Whether the recipe's model looks at pixels: its function then asks for the images' channels."""
    return "channels" in settings_of(models[recipe.model["name"]]).model_fields


def takes_lateral(recipe: Recipe) -> bool:
    """Whether the recipe's model looks at two views: its function then asks what looks at the lateral."""
    return "lateral" in settings_of(models[recipe.model["name"]]).model_fields


def build_model(recipe: Recipe, *, pretrained: bool, tabular: TabularInputs | None = None) -> nn.Module:
    """The recipe's model, with new weights or those that `model.pretrained` names.

    Args:
        recipe: what to build.
        pretrained: False leaves `model.pretrained` aside, for weights that are about to be filled in.
        tabular: what the recipe's features came to; None when it names none.

    Raises:
        ConfigError: when the model takes features, visits or an attention map, and the recipe names none.
    """
    keywords = dict(recipe.model)
    name = keywords.pop("name")
    if not pretrained and "pretrained" in keywords:
        keywords["pretrained"] = "none"
    task = recipe.build_task()
    supplied = {
        "outputs": sum(task.outputs().values()) if isinstance(task, Task) else 0,
        "channels": recipe.preprocess.channels,
        "size": recipe.preprocess.size,
        "features": tabular.features if tabular else 0,
        "visit": tabular.visit if tabular else 0,
        "cells": tabular.attention if tabular else 0,
    }
    wanted = settings_of(models[name]).model_fields
    for key, example in {"features": "history", "visit": "visits", "cells": "attention"}.items():
        taken = key if key == "features" else example
        if key in wanted and wanted[key].is_required() and not supplied[key]:
            raise ConfigError(
                f"model.{name} takes {taken}, and the recipe names none. Add `features: {{{example}: {{}}}}`."
            )
    model: nn.Module = models[name](**keywords, **{key: supplied[key] for key in SUPPLIED_TO_MODELS if key in wanted})
    own = task.parameters() if isinstance(task, LearnsBeside) else nn.Module()
    if any(True for _ in own.parameters()):
        model.add_module(OWN, own)
    return model
