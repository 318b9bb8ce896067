"""A stage of a report: a table of features or maps, made once, kept under a name that says what it is made of.

stages/NAME-HASH.parquet  the table, written last
stages/work/              parts of one that is being made, so that a kill costs the last few hundred images
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hilum.evaluation.reproduction import Reproduction
from hilum.evaluation.reproduction_stage import Stage
from hilum.features import extract
from hilum.features.controls import checked_control
from hilum.features.lungs import masks_of
from hilum.runs import Run
from hilum.schema import Cohort, Features
from hilum.workflows.image_features import embeddings, fused_maps, heat_maps


@dataclass(frozen=True)
class Stages:
    """Where stages are made, and with what.

    Args:
        report: whose stages.
        folder: of their files.
        cohort: its images, at the scale asked for, with masks where there are any.
        run_of: the Run of a row, by the row's name.
        made_of_row: what decides a row's numbers, as JSON values.
        part: JSON values that say which part of the dataset the cohort is.
        stores: folder of packed stores.
        device: `auto`, `cpu`, `cuda` …
        say: is told what is made.
    """

    report: Reproduction
    folder: Path
    cohort: Cohort
    run_of: Callable[[str], Run]
    made_of_row: Callable[[str], Any]
    part: Any
    stores: Path
    device: str
    say: Callable[[str], None]

    def path(self, name: str) -> Path:
        """Where a stage lies, made or not."""
        text = json.dumps(self._made_of(name), sort_keys=True)
        return self.folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.parquet"

    def make(self, name: str) -> Path:
        """Make a stage, and those that it is made of, where they are not there yet."""
        path = self.path(name)
        if not path.is_file():
            stage = self.report.stage(name)
            for one in stage.fuse:
                self.make(one)
            self.say(f"  stage {name}")
            self._made(stage).save(path)
        return path

    def _made(self, stage: Stage) -> Features:
        work = self.folder / "work"
        if stage.sets:
            sets = self._possible(stage)
            return extract(self.cohort, list(sets), sets, work=work)
        if stage.fuse:
            lungs, heat = (Features.load(self.path(name)) for name in stage.fuse)
            return fused_maps(lungs, heat, stage.share, smooth=stage.smooth)
        run = self.run_of(stage.row)
        if stage.heat:
            return heat_maps(run, self.cohort, side=stage.side, method=stage.method, work=work, device=self.device)
        return embeddings(
            run, self.cohort, control=checked_control(stage.control), work=work, stores=self.stores, device=self.device
        )

    def _possible(self, stage: Stage) -> dict[str, dict[str, Any]]:
        """The stage's sets; without any mask the fixed grid stands in for zones, an atlas for the map, no shape."""
        if masks_of(self.cohort):
            return dict(stage.sets)
        sets = {name: dict(keywords) for name, keywords in stage.sets.items() if name != "lung_shape"}
        for name, keywords in sets.items():
            if keywords.get("zones") == "lungs":
                keywords["zones"] = "grid"
            if name == "lung_map":
                keywords["lungs"] = "atlas"
        return sets

    def _made_of(self, name: str) -> Any:
        stage = self.report.stage(name)
        own = stage.model_dump(exclude={"name"}, exclude_defaults=True)
        held = {"stage": own, "part": self.part, "of": [self._made_of(one) for one in stage.fuse]}
        return held | ({"row": self.made_of_row(stage.row)} if stage.row else {})
