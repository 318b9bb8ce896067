"""A recipe's words into a network."""

from torch import nn

from hilum.models import models
from hilum.runs.config import SUPPLIED_TO_MODELS, Recipe
from hilum.runs.settings import settings_of
from hilum.schema import Findings


def build_model(recipe: Recipe, *, pretrained: bool) -> nn.Module:
    """The recipe's model, with new weights or those that `model.pretrained` names.

    Args:
        recipe: what to build.
        pretrained: False leaves `model.pretrained` aside, for weights that are about to be filled in.
    """
    keywords = dict(recipe.model)
    function = models[keywords.pop("name")]
    if not pretrained and "pretrained" in keywords:
        keywords["pretrained"] = "none"
    supplied = {
        "outputs": len(Findings.of(recipe.findings)),
        "channels": recipe.preprocess.channels,
        "size": recipe.preprocess.size,
    }
    wanted = settings_of(function).model_fields
    model: nn.Module = function(**keywords, **{name: supplied[name] for name in SUPPLIED_TO_MODELS if name in wanted})
    return model
