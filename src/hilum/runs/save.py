"""Writing a Run, file by file, so that it is whole at every moment at which it can be opened."""

from pathlib import Path
from typing import Any

import yaml
from safetensors.torch import save_file
from torch import nn

from hilum.data import TabularInputs
from hilum.runs.recipe import Recipe
from hilum.runs.run import FEATURES, FINDINGS, FORMAT, PREPROCESS, PROVENANCE, RECIPE, SPLIT, WEIGHTS, sha256
from hilum.schema import Cohort, Findings
from hilum.schema.files import replacing, write_json, write_table, write_text
from hilum.schema.temporary import PREFIX

BEFORE_RECIPE = (FINDINGS, PREPROCESS, FEATURES, SPLIT)


def save_setup(folder: Path, recipe: Recipe, cohort: Cohort | None, tabular: TabularInputs | None) -> None:
    """What is known before learning: findings, preprocess, tabular inputs, who stands in which split, and the recipe.

    The recipe comes last: a folder that has one has all of them, also when the process is killed on the way.

    Args:
        folder: the Run's.
        recipe: complete.
        cohort: with its split; None for weights that others learned, of which nobody knows it.
        tabular: None when the recipe names no features.
    """
    write_json(folder / FINDINGS, {"findings": list(Findings.of(recipe.findings))})
    write_json(folder / PREPROCESS, recipe.preprocess.model_dump(mode="json"))
    if tabular is not None:
        write_json(folder / FEATURES, tabular.to_json())
    if cohort is not None:
        write_table(folder / SPLIT, cohort.images[["image_id", "split"]])
    save_recipe(folder, recipe)


def save_recipe(folder: Path, recipe: Recipe) -> None:
    """The complete recipe, with an end that shows when the file was cut off."""
    values = recipe.model_dump(mode="json")
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120, explicit_end=True)
    write_text(folder / RECIPE, text)


def only_setup(folder: Path) -> bool:
    """Whether a folder holds no more than a killed `save_setup` leaves: some of its files, and temporary ones."""
    names = (path.name for path in folder.iterdir())
    return all(name in BEFORE_RECIPE or name.startswith(PREFIX) for name in names)


def save_weights(folder: Path, model: nn.Module, epoch: int) -> dict[str, Any]:
    """The model's weights; what provenance says of them."""
    return {"sha256": write_weights(folder / WEIGHTS, model), "epoch": epoch}


def write_weights(path: Path, model: nn.Module) -> str:
    """A model's weights as a file; its sha256."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary)
    return sha256(path)


def save_encoder(path: Path, network: nn.Module, said: dict[str, str]) -> None:
    """The weights of an encoder alone, for `model.pretrained`; what is said of them stands in the file's head."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, metadata=said)


def save_provenance(folder: Path, facts: dict[str, Any]) -> None:
    """Where it comes from; `facts` must hold `weights`, as `save_weights` gave it."""
    write_json(folder / PROVENANCE, {"format": FORMAT, **facts})
