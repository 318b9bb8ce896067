"""The same training with several seeds: what chance in weights and order makes of the figures."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hilum.runs import Recipe, Run
from hilum.schema import Cohort, ConfigError
from hilum.schema.files import check_out_folder, write_json
from hilum.training.train import train

SEEDS = "seeds.json"


@dataclass(frozen=True)
class Seeds:
    """Runs that differ by their seed alone.

    Args:
        runs: in the order of their seeds.
        figures: the validation figures of each Run's best epoch, by name.
    """

    runs: tuple[Run, ...]
    figures: dict[str, list[float]]

    def summary(self) -> dict[str, Any]:
        """JSON values: each figure's values, mean and standard deviation (with n - 1)."""
        seeds = [run.recipe.training.seed for run in self.runs]
        spread = {
            name: {"values": values, "mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1))}
            for name, values in self.figures.items()
        }
        return {"seeds": seeds, "runs": [run.folder.name for run in self.runs], "figures": spread}

    def sentence(self) -> str:
        """One line: mean and standard deviation of each figure."""
        figures = self.summary()["figures"].items()
        parts = [f"{name.replace('_', ' ')} {each['mean']:.4f} (SD {each['sd']:.4f})" for name, each in figures]
        return f"{len(self.runs)} seeds: {', '.join(parts)}"


def train_seeds(
    recipe: Recipe,
    cohort: Cohort,
    out: str | os.PathLike[str],
    *,
    seeds: int,
    resume: bool = False,
    stores: str | os.PathLike[str] | None = None,
    device: str = "auto",
    hooks: Sequence[str] = (),
) -> Seeds:
    """Train a recipe with several seeds; the split stays, since `data.split_seed` draws it.

    Args:
        recipe: its `training.seed` is the first, and the others follow.
        cohort: as for `train`.
        out: a folder; each Run becomes `seed-0`, `seed-1` … in it, and `seeds.json` sums them up.
        seeds: how many, 2 or more.
        resume: go on with what stands in `out`: finished Runs are kept as they are.
        stores: as for `train`; `stores` in `out` when left out.
        device: as for `train`.
        hooks: as for `train`.

    Raises:
        ConfigError: for fewer than two.
        RunError: as `train`.
    """
    if seeds < 2:
        raise ConfigError(f"seeds: {seeds}. Expected 2 or more: of fewer there is no spread.")
    folder, first = check_out_folder(out), recipe.training.seed
    runs = []
    for seed in range(first, first + seeds):
        own = recipe.model_copy(update={"training": recipe.training.model_copy(update={"seed": seed})})
        where = folder / f"seed-{seed}"
        runs.append(
            train(own, cohort, where, resume=resume, stores=stores or folder / "stores", device=device, hooks=hooks)
        )
    best = [run.provenance["weights"] for run in runs]
    names = [name.removeprefix("val_") for name in best[0] if name.startswith("val_")]
    found = Seeds(tuple(runs), {name: [float(one[f"val_{name}"]) for one in best] for name in names})
    write_json(folder / SEEDS, found.summary())
    return found
