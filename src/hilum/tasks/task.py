"""Task: what is learned. Targets from labels, the step, decoding, and the figures that choose an epoch.

Training knows nothing else of what it trains, and predicting nothing else of what it says.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, Self, TypeAlias, runtime_checkable

from numpy.typing import NDArray
from torch import Tensor, nn

from hilum.data import Batch, Targets
from hilum.images import Preprocess
from hilum.images.frame import Frame
from hilum.schema import AnyPredictions, Cohort, LabelPredictions

Direction = Literal["max", "min"]
Records: TypeAlias = Sequence[Any] | NDArray[Any]  # what is said of images, one record an image
OWN = "task"  # the part of a model that holds what a task learns beside it


class Objective(Protocol):
    """All that learning without labels needs."""

    def step(self, model: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Forward and losses: `loss`, a scalar to go down by, and its parts, if it has any.

        `weight`, where it is given, is what the loss is a mean over (labels that teach something), a scalar; without it
        the loss is a mean over images. By it the parts of a batch, on several devices or one after the other, add up to
        the whole.
        """
        ...


@runtime_checkable
class LearnsBeside(Protocol):
    """A task or objective with numbers of its own that are learned with the network, as some losses have.

    They become the part `task` of the model, so that optimizers, checkpoints and further processes know them as any
    other weight, and `step` finds them there.
    """

    def parameters(self) -> nn.Module:
        """What is learned beside the network, as it begins; a module without parameters for nothing."""
        ...


@runtime_checkable
class LearnsFromRuns(Protocol):
    """A task whose targets need what earlier Runs say of the images."""

    def teachers(self) -> Mapping[str, Sequence[str]]:
        """The folders of those Runs, each with the findings of which it is to speak; empty for none."""
        ...

    def taught_by(self, said: Mapping[str, LabelPredictions]) -> "Task":
        """The same task, knowing what they say."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A task of whose findings a heatmap can say where they were seen."""

    def contrasts(self) -> NDArray[Any]:
        """(K, W), for each finding the sum of a model's W raw outputs that speaks for it: what a heatmap explains."""
        ...


@runtime_checkable
class HasSides(Protocol):
    """A task that tells the patient's left from right, so that a mirrored image teaches it what is wrong."""

    @property
    def has_sides(self) -> bool:
        """Whether it does."""
        ...


@runtime_checkable
class Task(Objective, Protocol):
    """What training and predicting ask of what is learned.

    `figures` names what `monitor` gives and which way is better; the first chooses the best epoch unless a recipe says
    otherwise, and the others decide between equals.
    """

    kind: Literal["labels", "boxes", "masks"]
    figures: Mapping[str, Direction]

    def targets(self, cohort: Cohort, preprocess: Preprocess) -> Targets:
        """What is to be learned of each image, one row an image."""
        ...

    def check(self, train: Targets, val: Targets) -> list[str]:
        """What these targets cannot teach or measure, in sentences; an error when they can do neither."""
        ...

    def learning_from(self, train: Targets) -> Self:
        """The same task, knowing how often what occurs among the images to learn from."""
        ...

    def outputs(self) -> Mapping[str, int]:
        """The raw outputs that a model must give, each with its width."""
        ...

    def decode(self, raw: Mapping[str, NDArray[Any]], frames: Sequence[Frame]) -> Records:
        """Raw outputs to what is said of each image, one record an image; the only sigmoid, the only NMS.

        A record is (K,) probabilities, (n, 6) boxes in original pixels, or masks: each task knows its own.
        """
        ...

    def predictions(self, image_ids: Sequence[str], records: Records, **header: Any) -> AnyPredictions:
        """Decoded records as a table, of no image too; `header` is `provenance` and `failures`."""
        ...

    def monitor(self, predictions: Any, cohort: Cohort) -> dict[str, float]:
        """The figures of these predictions, of the task's kind, against the cohort's labels, boxes or masks."""
        ...
