"""Train: a recipe and a cohort become a Run."""

import json
import os
import sys
from pathlib import Path

import pandas as pd
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from torch import Tensor

from hilum.runs.build import build_model
from hilum.runs.config import Recipe
from hilum.runs.device import Device
from hilum.runs.provenance import commit, host, versions
from hilum.runs.run import FEATURES, RECIPE, SPLIT, Run
from hilum.runs.save import save_provenance, save_setting
from hilum.runs.tabular import TabularInputs
from hilum.schema import Cohort, Findings, RunError
from hilum.schema.split import split_hash
from hilum.schema.yaml_files import load_yaml
from hilum.training.augment import Augmenter
from hilum.training.checkpoint import LAST, TrainState
from hilum.training.loop import fit
from hilum.training.splits import loaders, with_split


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

    Images are shrunk once into a store and learned from there. Validation images are those of the cohort's split `val`;
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
    folder = Path(out)
    Augmenter(recipe.augment)  # refuses wrong names before any work is done
    cohort = with_split(recipe, cohort)
    begun = (folder / RECIPE).is_file()
    if begun:
        _check_same(folder, recipe, cohort, resume)
    elif folder.is_dir() and any(folder.iterdir()):
        raise RunError(f"{folder}: not empty, and no Run. Give a new folder.")
    used = cohort.split("train", "val")
    columns, tensors = _columns(folder, recipe, used) if recipe.features else (None, {})
    train_loader, val_loader, notes = loaders(
        recipe, used, Path(stores) if stores else folder.parent / "stores", tensors
    )
    settings = recipe.training
    chosen = Device.choose(device, settings.precision, settings.channels_last)
    fabric = Fabric(
        accelerator=chosen.torch_device.type,
        devices=[chosen.torch_device.index] if chosen.torch_device.index is not None else devices,
        plugins=MixedPrecision("bf16-mixed", chosen.torch_device.type) if chosen.bf16 else None,
    )
    fabric.launch()
    for sentence in (*cohort.notes, *notes):
        fabric.print(sentence, file=sys.stderr)
    # the caller's own random numbers go on as if nothing had been learned
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(settings.seed)
        model = build_model(recipe, pretrained=not (folder / LAST).is_file(), columns=columns)
        facts = {
            "recipe": recipe.name,
            "cohort": {
                "name": cohort.name,
                "images": len(cohort),
                "patients": cohort.patients,
                "train": len(train_loader.rows),
                "val": len(val_loader.rows),
                "split_hash": split_hash(cohort),
                "notes": [*cohort.notes, *notes],
            },
            "model": {"parameters": sum(weight.numel() for weight in model.parameters()), "notes": list(model.notes)},  # type: ignore[arg-type]
            "seed": settings.seed,
            "machine": chosen.facts() | host() | {"devices": fabric.world_size},
            "versions": versions(),
            "commit": commit(),
        }
        if fabric.is_global_zero and not begun:
            save_setting(folder, recipe, cohort, columns)
        task = recipe.task.build(Findings.of(recipe.findings))

        def save_facts(state: TrainState) -> None:
            known = {"weights": state.weights, "epochs": state.epoch, "seconds": state.seconds}
            save_provenance(folder, known | facts)

        fit(
            recipe,
            model,
            task,
            train_loader,
            val_loader,
            fabric=fabric,
            device=chosen,
            folder=folder,
            save_facts=save_facts,
        )
    fabric.barrier()  # the first process writes, and all of them read
    return Run.open(folder)


def _columns(folder: Path, recipe: Recipe, cohort: Cohort) -> tuple[TabularInputs, dict[str, Tensor]]:
    """The columns of the recipe's features, scaled as the Run began or by the images to learn from, and the tensors."""
    if (folder / FEATURES).is_file():
        columns = TabularInputs.from_json(json.loads((folder / FEATURES).read_text(encoding="utf-8")))
        return columns, columns.tensors(cohort)
    return TabularInputs.fit(recipe, cohort, cohort.images.image_id[cohort.images.split == "train"])


def _check_same(folder: Path, recipe: Recipe, cohort: Cohort, resume: bool) -> None:
    """Refuse to write over a Run, and to go on with another recipe or other images than it began with."""
    if not resume:
        raise RunError(f"{folder}: a Run is there already. Give another folder, or --resume to go on with it.")
    began = Recipe.model_validate(load_yaml(folder / RECIPE)).model_dump()
    changed = [name for name, value in recipe.model_dump().items() if value != began[name]]
    if changed:
        raise RunError(
            f"{folder}: it was begun with another recipe; {', '.join(changed)} differ. "
            "Expected the same one and the same --set; or train into another folder."
        )
    split = pd.read_parquet(folder / SPLIT)
    if not split.equals(cohort.images[["image_id", "split"]]):
        raise RunError(
            f"{folder}: it was begun with {len(split):,} images, and now there are {len(cohort):,}, or they stand on "
            "another split. Expected the same images; or train into another folder."
        )
