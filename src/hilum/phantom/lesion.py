"""What a drawn finding is: how it reshapes the chest, and what it paints on the layers."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.lateral import Profile
from hilum.phantom.scene import Scene


@dataclass(frozen=True)
class Lesion(ABC):
    """One finding in one chest; a subclass a finding, named as NIH spells it.

    Args:
        side: -1 the patient's right, 1 the left; ignored by what is on both sides.
        severity: 0 subtle to 1 gross.
        seed: of place and size, which stay with the patient from image to image; the edge's noise does not.
    """

    side: int
    severity: float
    seed: int

    def chance(self) -> np.random.Generator:
        """Chance that gives the same place and size on every image of the patient."""
        return np.random.default_rng(self.seed)

    def reshape(self, build: Build) -> Build:
        """The chest that this finding makes of another; the same unless it moves or swells something."""
        return build

    @abstractmethod
    def paint(self, scene: Scene) -> None:
        """Change the layers of a frontal image, and keep a box where the owner boxes the finding."""

    def profile(self, view: Profile) -> None:  # noqa: B027  (most findings override it)
        """Change the layers of a lateral image; nothing unless the finding shows there."""

    def between(self, subtle: float, gross: float) -> float:
        """The value at this severity."""
        return subtle + (gross - subtle) * self.severity
