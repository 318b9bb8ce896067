"""Train: a recipe and a cohort become a Run."""

import os
import sys
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from torch import Tensor, nn

from hilum.data import TabularInputs
from hilum.device import Device
from hilum.runs.build import build_model
from hilum.runs.files import read_recipe, read_split
from hilum.runs.provenance import commit, host, versions
from hilum.runs.recipe import Recipe
from hilum.runs.run import RECIPE, SPLIT, Run, read_tabular
from hilum.runs.save import only_setup, save_provenance, save_setup
from hilum.schema import Cohort, ConfigError, Findings, RunError
from hilum.schema.files import check_out_folder
from hilum.schema.split import split_hash
from hilum.schema.temporary import remove_leftovers
from hilum.training.checkpoint import LAST
from hilum.training.keep import disk_use
from hilum.training.loop import fit
from hilum.training.optimize import completed
from hilum.training.registries import hooks
from hilum.training.setting import Setting, figures_of
from hilum.training.setup import Loaders, loaders, with_split
from hilum.training.state import TrainState


def train(
    recipe: Recipe,
    cohort: Cohort,
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    stores: str | os.PathLike[str] | None = None,
    device: str = "auto",
    devices: int = 1,
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

    Raises:
        RunError: when `out` holds something else than the start of this very training.
    """
    folder, recipe = Path(out), completed(recipe)  # which refuses wrong names before any work is done
    _check_monitor(recipe)
    check_out_folder(folder)
    cohort = with_split(recipe, cohort)
    begun = (folder / RECIPE).is_file()
    if begun:
        _check_same(folder, recipe, cohort, resume)
    elif folder.is_dir() and not only_setup(folder):
        raise RunError(f"{folder}: not empty, and no Run. Give a new folder.")
    used = cohort.split("train", "val")
    tabular, beside = _tabular(folder if begun else None, recipe, used) if recipe.features else (None, {})
    placed = Device.choose(device, recipe.training.precision, recipe.training.channels_last)
    fabric = _fabric(placed, devices)
    if fabric.is_global_zero and folder.is_dir():
        remove_leftovers(folder)
    sets = loaders(recipe, used, Path(stores) if stores else folder.parent / "stores", beside, world=fabric.world_size)
    for sentence in (*cohort.notes, *sets.notes):
        fabric.print(sentence, file=sys.stderr)
    # the caller's own random numbers go on as if nothing had been trained
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(recipe.training.seed)
        model = build_model(recipe, pretrained=not (folder / LAST).is_file(), tabular=tabular)
        for sentence in disk_use(recipe.training, model, folder):
            fabric.print(sentence, file=sys.stderr)
        facts = _facts(recipe, cohort, sets, model) | {
            "machine": placed.facts() | host() | {"devices": fabric.world_size}
        }
        if fabric.is_global_zero and not begun:
            save_setup(folder, recipe, cohort, tabular)

        def save(state: TrainState) -> None:
            known = {"weights": state.weights, "epochs": state.epoch, "seconds": state.seconds}
            save_provenance(folder, known | facts)

        watching = [hooks[name] for name in ("console", "jsonl")]
        fit(
            Setting(recipe, sets.task, sets.train, sets.val, sets.val_cohort, fabric, placed, folder, watching, save),
            model,
        )
    fabric.barrier()  # the first process writes, and all of them read
    return Run.open(folder)


def _fabric(device: Device, devices: int) -> Fabric:
    """Devices and precision, with the further processes started."""
    kind = device.torch_device
    fabric = Fabric(
        accelerator=kind.type,
        devices=[kind.index] if kind.index is not None else devices,
        plugins=MixedPrecision("bf16-mixed", kind.type) if device.bf16 else None,
    )
    fabric.launch()
    return fabric


def _facts(recipe: Recipe, cohort: Cohort, sets: Loaders, model: nn.Module) -> dict[str, Any]:
    """What provenance says of the recipe, the images and the model."""
    notes: tuple[str, ...] = model.notes  # type: ignore[assignment]
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
        "model": {"parameters": sum(weight.numel() for weight in model.parameters()), "notes": list(notes)},
        "seed": recipe.training.seed,
        "versions": versions(),
        "commit": commit(),
    }


def _check_monitor(recipe: Recipe) -> None:
    figures = figures_of(recipe.build_task())
    if recipe.training.monitor and recipe.training.monitor not in figures:
        raise ConfigError(
            f"training.monitor: '{recipe.training.monitor}' is no figure of the task. "
            f"Expected one of: {', '.join(figures)}."
        )


def _tabular(begun: Path | None, recipe: Recipe, cohort: Cohort) -> tuple[TabularInputs, dict[str, Tensor]]:
    """The columns of the recipe's features, scaled as the Run began or by the training images, and the tensors."""
    if begun is not None:
        tabular = read_tabular(begun, recipe)
        return tabular, tabular.tensors(cohort)
    train_ids = cohort.images.image_id[cohort.images.split == "train"]
    return TabularInputs.fit(recipe.features, Findings.of(recipe.findings), cohort, train_ids)


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
