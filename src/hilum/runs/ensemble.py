"""Ensemble: what a Run that lists Runs keeps in place of weights.

    ensemble.json   the members, how what they say is combined, and in which variants each image is shown
    members/…       copies of the members, each a whole Run, so that the folder rebuilds itself

Its sha256 stands in the provenance as that of weights does, and it names those of the members' weights.
"""

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hilum.data.registries import variants
from hilum.evaluation.box_fusions import box_fusions
from hilum.registry.component import component
from hilum.runs.files import read_as
from hilum.schema.files import write_json

ENSEMBLE, MEMBERS = "ensemble.json", "members"
Combine = Literal["probabilities", "logits"]


class Strict(BaseModel):
    """Values that refuse names they do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Member(Strict):
    """One Run of an ensemble."""

    folder: str = Field(description="its copy, relative to the ensemble's folder")
    name: str = Field(description="the Run's own name, as `small` or `small, step 120`")
    weights_sha256: str = Field(description="of its weights file")
    weight: float = Field(ge=0, le=1, description="how much it counts among those that speak of a finding")

    @field_validator("folder")
    @classmethod
    def _inside(cls, folder: str) -> str:
        path = PurePosixPath(folder)
        if path.is_absolute() or ".." in path.parts or "\\" in folder or not path.parts:
            raise ValueError("expected a folder inside the ensemble's")
        return folder


def _complete(given: Any) -> Any:
    return component(given, variants, "variant")


def _complete_fusion(given: Any) -> Any:
    return component(given, box_fusions, "fusion")


class Gate(Strict):
    """Classifiers whose word comes before the detectors'."""

    members: tuple[Member, ...] = Field(min_length=1, description="the classifiers; the mean of their probabilities")
    how: Literal["times", "before"] = Field(description="whether scores are multiplied by the probability")
    least: float = Field(ge=0, le=1, description="boxes of images whose probability is less are left out")


class BoxEnsemble(Strict):
    """How the boxes of detectors become one."""

    fusion: Annotated[dict[str, Any], BeforeValidator(_complete_fusion)] = Field(
        default={"name": "weighted_boxes"},
        description="what becomes of boxes that lie over each other (`hilum ls box-fusions`)",
        validate_default=True,
    )
    shrink: float = Field(default=1.0, gt=0, le=1, description="share of their sides that fused boxes keep")
    gate: Gate | None = Field(default=None, description="a classifier before the boxes; null for none")


class Ensemble(Strict):
    """Which Runs speak together, and how."""

    combine: Combine = Field(description="the weighted mean of probabilities, or of logits")
    members: tuple[Member, ...] = Field(min_length=1, description="the Runs")
    variants: tuple[Annotated[dict[str, Any], BeforeValidator(_complete)], ...] = Field(
        default=(), description="further looks at each image, beside the image as it is (`hilum ls variants`)"
    )
    weights_fitted_on: dict[str, Any] | None = Field(
        default=None, description="the validation images that the weights were chosen by; null for equal weights"
    )

    boxes: BoxEnsemble | None = Field(default=None, description="of detectors: how boxes become one; null for labels")

    @property
    def weights(self) -> tuple[float, ...]:
        """The members' weights, in order."""
        return tuple(member.weight for member in self.members)


def read_ensemble(folder: Path) -> Ensemble:
    """The ensemble that a Run's folder names.

    Raises:
        RunError: when the file is damaged.
    """
    return read_as(folder / ENSEMBLE, Ensemble.model_validate, "the ensemble of a Run")


def save_ensemble(folder: Path, ensemble: Ensemble) -> None:
    """Write it, whole."""
    write_json(folder / ENSEMBLE, ensemble.model_dump(mode="json"))
