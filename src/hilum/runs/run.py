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
    last.safetensors      where learning can be resumed; nothing else needs it

Further artifacts (operating points, calibration) are JSON files beside them: `save_artifact`, `artifact`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
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
from hilum.runs.build import build_model, takes_images, takes_lateral
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
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise RunError(_incomplete(folder, missing))
        provenance = read_provenance(folder / PROVENANCE)
        if provenance.get("format") != FORMAT:
            raise RunError(
                f"{folder}: a Run of format {provenance.get('format')}. This version of Hilum reads format {FORMAT}; "
                "open it with the version that provenance.json names."
            )
        recipe, findings = read_recipe(folder / RECIPE), read_findings(folder / FINDINGS)
        preprocess = read_preprocess(folder / PREPROCESS)
        run = cls(folder, recipe, findings, preprocess, provenance)
        run._check()
        return run

    @property
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

    def model(self) -> nn.Module:
        """The network with its weights, on the CPU, not learning."""
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
        return read_tabular(self.folder, self.recipe) if self.recipe.features else None

    @property
    def sees_images(self) -> bool:
        """Whether its model looks at pixels; one that knows demographics and history alone does not."""
        return takes_images(self.recipe)

    def readable(self, cohort: Cohort) -> Cohort:
        """The images that this Run can take: all of them, or those whose files are there when it looks at pixels.

        Of a Run that looks at two views, without the laterals that come in beside the frontal image of their study.
        """
        cohort = cohort.with_files() if self.sees_images else cohort
        return without_second_views(cohort) if takes_lateral(self.recipe) else cohort

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
        same = self.provenance.get("cohort", {}).get("name") == cohort.name
        return same and bool(cohort.images.image_id.isin(self.split.index).any())

    def with_split(self, cohort: Cohort) -> Cohort:
        """The cohort with the split of this Run: which images it learned from, chose its epoch by, and never saw.

        Images that the Run did not know stay on the cohort's test split when it never saw their patient; otherwise they
        stand in no split.

        Raises:
            RunError: when the Run keeps no split, or none of the cohort's images stands in it.
        """
        images = cohort.images
        split = pd.Series(self.split.reindex(images.image_id).to_numpy(), images.index, dtype="object")
        known = split.notna()
        if not known.any():
            raise RunError(
                f"{self.folder / SPLIT} names none of the images of cohort '{cohort.name}'. Expected the same source."
            )
        seen = images.patient_id.isin(images.patient_id[known & (split != "test")])
        unseen = ~known & (images.split == "test").fillna(False).astype(bool) & ~seen
        note = f"Split of run '{self.folder.name}': {known.sum():,} of {len(cohort):,} images stand in it."
        if unseen.any():
            note += f" {unseen.sum():,} more are in the test split of the cohort, of patients that it never saw."
        return replace(cohort, images=images.assign(split=split.mask(unseen, "test")), notes=(*cohort.notes, note))

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

    # --- checks -----------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.findings != Findings.of(self.recipe.findings) or self.preprocess != self.recipe.preprocess:
            raise RunError(f"{self.folder}: {FINDINGS} or {PREPROCESS} contradicts {RECIPE}. Take it from a copy.")
        weights = self.provenance.get("weights") or {}
        named = weights.get("sha256")
        if not isinstance(named, str) or not isinstance(weights.get("epoch"), int):
            raise RunError(
                f"{self.folder / PROVENANCE}: says nothing of the weights. Expected `weights` with the file's sha256 "
                "and its epoch; copy the Run again."
            )
        held = sha256(self.folder / WEIGHTS)
        if held != named:
            raise RunError(
                f"{self.folder / WEIGHTS}: its sha256 is {held[:12]}…, and {PROVENANCE} names {str(named)[:12]}…. "
                "The file was damaged or exchanged, or learning was cut off just then: resume it with --resume, "
                "or copy the Run again."
            )


def sha256(path: Path) -> str:
    """Hash of a file's content, 64 hex digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _incomplete(folder: Path, missing: list[str]) -> str:
    if not folder.is_dir():
        return f"{folder}: no such folder. Expected a Run; make one with `hilum train`."
    if len(missing) == len(NEEDED):
        return f"{folder}: not a Run (it has none of {', '.join(NEEDED)}). Make one with `hilum train`."
    if missing[0] == WEIGHTS and len(missing) == 1:
        return f"{folder}: learning ended before its first epoch was kept. Resume it with `hilum train … --resume`."
    return f"{folder}: an incomplete Run, {', '.join(missing)} missing. Copy it again or train it again."


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
