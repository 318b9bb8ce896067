"""Run: a folder that rebuilds itself, without a line of its code being executed.

    recipe.yaml           the recipe, complete
    findings.json         the names, in the order of the outputs
    preprocess.json       how an image becomes a tensor
    weights.safetensors   the best epoch's weights (their moving average when the recipe asks for one)
    provenance.json       format, hash of the weights, data and split, versions, machine, durations
    log.jsonl             one line an epoch
    split.parquet         image_id and split of every image
    features.json         when the recipe names features: how any cohort becomes their columns
    checkpoints/          weights kept on the way, with their index, when the recipe asks for them
    exported_…            the network for other engines: see `inference/exported.py`
    last.safetensors      where learning can be resumed; nothing else needs it

An ensemble has `ensemble.json` and `members/` in place of weights, log and split: see `runs/ensemble.py`.

Further artifacts (operating points, calibration) are JSON files beside them: `save_artifact`, `artifact`.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from hilum.data import TabularInputs
from hilum.data.second_view import without_second_views
from hilum.images import Preprocess
from hilum.runs import seen, soundness
from hilum.runs.build import build_model, takes_images, takes_lateral
from hilum.runs.ensemble import ENSEMBLE, Ensemble, Member, read_ensemble
from hilum.runs.files import (
    read_as,
    read_findings,
    read_log,
    read_preprocess,
    read_provenance,
    read_recipe,
    read_split,
)
from hilum.runs.recipe import Recipe
from hilum.schema import Cohort, ConfigError, Findings, RunError
from hilum.schema.files import write_json
from hilum.tasks import Task

FORMAT = 1
RECIPE, FINDINGS, PREPROCESS = "recipe.yaml", "findings.json", "preprocess.json"
WEIGHTS, PROVENANCE, LOG, SPLIT = "weights.safetensors", "provenance.json", "log.jsonl", "split.parquet"
FEATURES = "features.json"  # of a Run whose recipe names features
EXPORTED = "exported_"  # how the files of exported networks begin
NEEDED = (RECIPE, FINDINGS, PREPROCESS, WEIGHTS, PROVENANCE)


@dataclass(frozen=True)
class Run:
    """What was learned, and all that is needed to apply it; open one with `Run.open`.

    Args:
        folder: where it lies.
        recipe: the complete recipe.
        findings: the names, in the order of the outputs.
        preprocess: how an image becomes a tensor.
        provenance: JSON values: `format`, `weights` (sha256, epoch), `cohort`, `versions`, …
    """

    folder: Path
    recipe: Recipe
    findings: Findings
    preprocess: Preprocess
    provenance: dict[str, Any]

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "Run":
        """Open a Run; refuse a folder that is broken or of another kind, saying what is wrong with it.

        Raises:
            RunError: a file is missing or unreadable, the weights are not those that the provenance names, or the
                format is another one.
        """
        folder = Path(folder)
        weights = weights_file(folder)
        needed = [weights.name if name == WEIGHTS else name for name in NEEDED]
        missing = [name for name in needed if not (folder / name).is_file()]
        if missing:
            raise RunError(soundness.incomplete(folder, missing, needed))
        provenance = read_provenance(folder / PROVENANCE)
        if provenance.get("format") != FORMAT:
            raise RunError(
                f"{folder}: a Run of format {provenance.get('format')}. This version of Hilum reads format {FORMAT}; "
                "open it with the version that provenance.json names."
            )
        recipe, findings = read_recipe(folder / RECIPE), read_findings(folder / FINDINGS)
        preprocess = read_preprocess(folder / PREPROCESS)
        run = cls(folder, recipe, findings, preprocess, provenance)
        soundness.check(run, weights, sha256(weights))
        return run

    @cached_property
    def task(self) -> Task:
        """What was learned: targets, loss, decoding.

        Raises:
            RunError: when it was learned without labels, so that it says nothing of an image.
        """
        task = self.recipe.build_task()
        if not isinstance(task, Task):
            raise RunError(
                f"{self.folder}: it was learned without labels ({self.recipe.task['name']}), so that it predicts "
                f"nothing. Start another training from its encoder: `--set model.pretrained={self.folder}`."
            )
        return task

    @cached_property
    def ensemble(self) -> Ensemble | None:
        """Which Runs speak together, where this is an ensemble; None where it has weights of its own."""
        return read_ensemble(self.folder) if (self.folder / ENSEMBLE).is_file() else None

    @cached_property
    def members(self) -> "tuple[Run, ...]":
        """The Runs of an ensemble; none where it is no ensemble.

        Raises:
            RunError: when one is missing or broken, or is not the one that the ensemble names.
        """
        return self._named(() if self.ensemble is None else self.ensemble.members)

    @cached_property
    def gate(self) -> "tuple[Run, ...]":
        """The classifiers whose word comes before an ensemble's boxes; none where there is none."""
        boxes = None if self.ensemble is None else self.ensemble.boxes
        return self._named(() if boxes is None or boxes.gate is None else boxes.gate.members)

    def _named(self, named: Sequence[Member]) -> "tuple[Run, ...]":
        members = tuple(Run.open(self.folder / member.folder) for member in named)
        for member, run in zip(named, members, strict=True):
            if run.provenance["weights"]["sha256"] != member.weights_sha256:
                raise RunError(
                    f"{run.folder}: not the member that {ENSEMBLE} names, its weights are others. "
                    "Copy the ensemble again, or make it anew with `hilum ensemble`."
                )
        return members

    def model(self) -> nn.Module:
        """The network with its weights, on the CPU, not learning.

        Raises:
            RunError: when the weights are not this model's, or the Run is an ensemble.
        """
        if self.ensemble is not None:
            raise RunError(
                f"{self.folder}: an ensemble, which has no network of its own. Expected one of its Runs, such as "
                f"{self.folder / self.ensemble.members[0].folder}."
            )
        # the random weights that are about to be replaced are no draw of the caller's
        with torch.random.fork_rng(devices=[]):
            model = build_model(self.recipe, pretrained=False, tabular=self.tabular)
        try:
            model.load_state_dict(load_file(self.folder / WEIGHTS))
        except (RuntimeError, SafetensorError, OSError) as error:
            raise RunError(f"{self.folder / WEIGHTS}: not the weights of this recipe's model ({error}).") from error
        return model.eval()

    @cached_property
    def tabular(self) -> TabularInputs | None:
        """How a cohort becomes what the network is fed beside pixels; None when the recipe names no features."""
        own = self.recipe.features and self.ensemble is None  # each member of an ensemble has its own
        return read_tabular(self.folder, self.recipe) if own else None

    @property
    def sees_images(self) -> bool:
        """Whether its model looks at pixels; one that knows demographics and history alone does not."""
        return any(member.sees_images for member in self.members) if self.members else takes_images(self.recipe)

    def readable(self, cohort: Cohort) -> Cohort:
        """The images that this Run can take: all of them, or those whose files are there when it looks at pixels.

        Of a Run that looks at two views, without the laterals that come in beside the frontal image of their study.
        """
        cohort = cohort.with_files() if self.sees_images else cohort
        two_views = any(takes_lateral(run.recipe) for run in self.members or (self,))
        return without_second_views(cohort) if two_views else cohort

    @cached_property
    def log(self) -> pd.DataFrame:
        """One row an epoch: `epoch`, `loss`, `val_…` figures of the task, `lr`, `images_per_s`, `seconds`, …"""
        return pd.DataFrame(read_log(self.folder / LOG))  # pandas' own reader of JSON rounds the last digits

    # --- who stood in which split ------------------------------------------------------------------------------------

    @cached_property
    def split(self) -> "pd.Series[str]":
        """The split (`train`, `val`, `test`) of each image that the Run knew, by image id.

        Raises:
            RunError: when the Run keeps no split.
        """
        path = self.folder / SPLIT
        if not path.is_file():
            raise RunError(f"{path} is missing, so that nobody knows which images the Run learned from.")
        return read_split(path).set_index("image_id").split

    def knew(self, cohort: Cohort) -> bool:
        """Whether images of this cohort were among those that the Run was made with; asks for name and image ids."""
        return seen.knew(self, cohort)

    def split_of(self, cohort: Cohort) -> "pd.Series[str]":
        """The split in which each image of a cohort stood, in its order; missing where the Run did not know it."""
        return seen.split_of(self, cohort)

    def with_split(self, cohort: Cohort) -> Cohort:
        """The cohort with the split of this Run: which images it learned from, chose its epoch by, and never saw.

        Images that the Run did not know stay on the cohort's test split when it never saw their patient; otherwise they
        stand in no split.

        Raises:
            RunError: when the Run keeps no split, or none of the cohort's images stands in it.
        """
        return seen.with_split(self, cohort)

    # --- further artifacts --------------------------------------------------------------------------------------------

    def artifact(self, name: str, read: Callable[[Any], Any] = lambda held: held) -> Any | None:
        """A further JSON artifact (`operating_points`, `calibration`), None when the Run keeps none of that name.

        Args:
            name: of the file, without its ending.
            read: makes of the JSON values what they stand for.

        Raises:
            RunError: when the file is damaged, or `read` cannot make anything of it.
        """
        path = self.folder / f"{name}.json"
        return read_as(path, read, f"the {name.replace('_', ' ')} of a Run") if path.is_file() else None

    def save_artifact(self, name: str, value: Any) -> None:
        """Keep a further JSON artifact in the Run."""
        path = self.folder / f"{name}.json"
        if path.name in NEEDED:
            raise ConfigError(f"'{name}' is an artifact that every Run has. Expected another name.")
        write_json(path, value)


def weights_file(folder: Path) -> Path:
    """The file whose hash the provenance names: the weights, or what lists the Runs of an ensemble."""
    return folder / (ENSEMBLE if (folder / ENSEMBLE).is_file() else WEIGHTS)


def sha256(path: Path) -> str:
    """Hash of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def read_tabular(folder: Path, recipe: Recipe) -> TabularInputs:
    """How a cohort becomes the columns of the recipe's features.

    Raises:
        RunError: when features.json is damaged, or speaks of other features than the recipe.
    """

    def read(held: Any) -> TabularInputs:
        if not isinstance(held["sets"], dict) or held["scale"] == {}:
            raise TypeError("expected names and values under `sets` and `scale`")
        return TabularInputs.from_json(held)

    tabular = read_as(folder / FEATURES, read, "the features of a Run")
    if list(tabular.sets) != list(recipe.features):
        raise RunError(f"{folder / FEATURES} contradicts {RECIPE}: it names other features. Take it from a copy.")
    return tabular
