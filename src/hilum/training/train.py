"""Train: a recipe and a cohort become a Run."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hilum.device import Device
from hilum.models import FitsBoxes
from hilum.runs.build import build_model
from hilum.runs.files import read_recipe, read_split
from hilum.runs.provenance import commit, host, versions
from hilum.runs.recipe import Recipe
from hilum.runs.run import PROVENANCE, RECIPE, SPLIT, Run
from hilum.runs.save import only_setup, save_provenance, save_setup
from hilum.schema import Cohort, ConfigError, RunError
from hilum.schema.files import check_out_folder
from hilum.schema.split import split_hash
from hilum.schema.temporary import remove_leftovers
from hilum.training.checkpoint import LAST
from hilum.training.fit_head import check_fits, fit_head, is_fitted
from hilum.training.hook import Hook, Plan
from hilum.training.keep import disk_use
from hilum.training.loop import fit
from hilum.training.optimize import completed
from hilum.training.processes import launch, together
from hilum.training.registries import hooks as registered
from hilum.training.setting import Setting, figures_of
from hilum.training.setup import Loaders, check_augment, loaders, tabular_inputs, with_split
from hilum.training.state import TrainState

ALWAYS = ("console", "jsonl")  # the hooks of every training
MakeHook = Callable[[Path, TrainState, Plan], Hook]


def train(
    recipe: Recipe,
    cohort: Cohort,
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    stores: str | os.PathLike[str] | None = None,
    device: str = "auto",
    devices: int = 1,
    hooks: Sequence[str] = (),
    watch: Sequence[MakeHook] = (),
) -> Run:
    """Learn from a cohort what a recipe says, and keep it as a Run.

    Images are shrunk once into a store and read from there. Validation images are those of the cohort's split `val`;
    when there is none, patients are drawn from `train`. Images of `test` are not looked at.

    Args:
        recipe: what and how; see `load_recipe`.
        cohort: images, labels and, if the owner gives one, the split.
        out: folder of the Run.
        resume: go on with what stands in `out`; on a CPU in fp32 the weights are those of a training that was never
            cut off, bit for bit. With nothing there it begins anew.
        stores: the folder where stores are looked for and built; `stores` beside `out` when left out.
        device: `auto`, `cpu`, `cuda`, `cuda:1` …
        devices: how many of that kind; more than one starts further processes of the same command.
        hooks: what watches it beside the console and the log: `tensorboard`, `mlflow` (`hilum ls hooks`).
        watch: make further hooks, that have no name.

    Raises:
        RunError: when `out` holds something else than the start of this very training; when a loss is no number, a
            batch is too large for the memory, or another of several processes has ended.
    """
    folder, recipe = Path(out), completed(recipe)  # which refuses wrong names before any work is done
    monitored(recipe)
    check_augment(recipe)
    watching = [*(registered[name] for name in dict.fromkeys((*ALWAYS, *hooks))), *watch]
    check_out_folder(folder)
    cohort = with_split(recipe, cohort)
    begun = (folder / RECIPE).is_file()
    if begun:
        _check_same(folder, recipe, cohort, resume)
    elif folder.is_dir() and not only_setup(folder):
        raise RunError(f"{folder}: not empty, and no Run. Give a new folder.")
    used = cohort.split("train", "val")
    tabular, beside = tabular_inputs(folder if begun else None, recipe, used)
    placed = Device.choose(device, recipe.training.precision, recipe.training.channels_last)
    fabric = launch(placed, devices)
    with together(fabric):
        if fabric.is_global_zero and folder.is_dir():
            remove_leftovers(folder)
        where = Path(stores) if stores else folder.parent / "stores"
        sets = loaders(recipe, used, where, beside, world=fabric.world_size)
        # the caller's own random numbers go on as if nothing had been trained
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            torch.manual_seed(recipe.training.seed)
            model = build_model(recipe, pretrained=not (folder / LAST).is_file(), tabular=tabular)
            if isinstance(model, FitsBoxes):
                model.fit_boxes(sets.train.targets["boxes"])
            for sentence in (*cohort.notes, *sets.notes, *disk_use(recipe.training, model, folder)):
                fabric.print(sentence, file=sys.stderr)
            if is_fitted(model):
                check_fits(recipe, fabric.world_size)
            machine = placed.facts() | host() | {"devices": fabric.world_size}
            facts = _facts(recipe, cohort, sets) | {"machine": machine}
            if fabric.is_global_zero and not begun:
                save_setup(folder, recipe, cohort, tabular)

            def save(state: TrainState) -> None:
                known = {"weights": state.weights, "epochs": state.epoch, "seconds": state.seconds}
                save_provenance(folder, known | facts | {"model": _model_facts(model)})

            val = sets.val_cohort
            setting = Setting(recipe, sets.task, sets.train, sets.val, val, fabric, placed, folder, watching, save)
            if not is_fitted(model):
                fit(setting, model)
            elif not (folder / PROVENANCE).is_file():
                fit_head(setting, model, used.images.patient_id.iloc[sets.train.rows].tolist())
        fabric.barrier()  # the first process writes, and all of them read
    return Run.open(folder)


def _model_facts(model: nn.Module) -> dict[str, Any]:
    """What provenance says of the model."""
    notes: tuple[str, ...] = model.notes  # type: ignore[assignment]
    return {"parameters": sum(weight.numel() for weight in model.parameters()), "notes": list(notes)}


def _facts(recipe: Recipe, cohort: Cohort, sets: Loaders) -> dict[str, Any]:
    """What provenance says of the recipe and the images."""
    return {
        "recipe": recipe.name,
        "cohort": {
            "name": cohort.name,
            "images": len(cohort),
            "patients": cohort.patients,
            "train": len(sets.train.rows),
            "val": len(sets.val.rows),
            "split_hash": split_hash(cohort),
            "notes": [*cohort.notes, *sets.notes],
        },
        "seed": recipe.training.seed,
        "versions": versions(),
        "commit": commit(),
    }


def monitored(recipe: Recipe) -> str:
    """The figure that chooses the best epoch.

    Raises:
        ConfigError: when `training.monitor` names none of the task's.
    """
    figures = figures_of(recipe.build_task())
    name = recipe.training.monitor or next(iter(figures))
    if name not in figures:
        raise ConfigError(
            f"training.monitor: '{name}' is no figure of the task. Expected one of: {', '.join(figures)}."
        )
    return name


def _check_same(folder: Path, recipe: Recipe, cohort: Cohort, resume: bool) -> None:
    """Refuse to write over a Run, and to go on with another recipe or other images than it began with."""
    if not resume:
        raise RunError(f"{folder}: a Run is there already. Give another folder, or --resume to go on with it.")
    began = read_recipe(folder / RECIPE).model_dump()
    changed = [name for name, value in recipe.model_dump().items() if value != began[name]]
    if changed:
        raise RunError(
            f"{folder}: it was begun with another recipe; {', '.join(changed)} differ. "
            "Expected the same one and the same --set; or train into another folder."
        )
    split = read_split(folder / SPLIT)
    if not split.equals(cohort.images[["image_id", "split"]]):
        raise RunError(
            f"{folder}: it was begun with {len(split):,} images, and now there are {len(cohort):,}, or they stand in "
            "another split. Expected the same images; or train into another folder."
        )
