"""The recipe: one strict tree, the only home of an experiment's defaults.

Every field says what it means and in what unit; docs/reference/configuration.md is made from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hilum.audit.filters import Filters
from hilum.data.augment import checked_steps
from hilum.data.registries import samplers
from hilum.features import SUPPLIED, feature_sets
from hilum.images import Preprocess
from hilum.models import models
from hilum.registry import checked, settings_of
from hilum.registry.component import component
from hilum.schema import ConfigError, Findings
from hilum.tasks import Objective, tasks

# follow from findings, preprocess, features
SUPPLIED_TO_MODELS = ("outputs", "channels", "size", "features", "visit", "cells")
SUPPLIED_TO_TASKS = ("findings",)
SUPPLIED_TO_SAMPLERS = ("findings", "patients")


class Strict(BaseModel):
    """A frozen group of settings that refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_choice(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


Choice = Annotated[dict[str, Any], BeforeValidator(_as_choice)]


class DataSettings(Filters):
    """Which images are learned from. Where they lie is an argument, never a setting."""

    dataset: str = Field(default="nih14", description="the dataset that `hilum train` opens (`hilum ls datasets`)")
    val_fraction: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="share of the training patients drawn for validation when there is no `val`",
    )
    split_seed: int = Field(default=0, ge=0, description="seed of that draw")


class Phase(Strict):
    """A stretch of training with its own optimizer; phases follow each other."""

    epochs: int = Field(default=10, ge=1, description="passes over the training images")
    optimizer: Choice = Field(
        default={"name": "adamw"},
        description="an optimizer and its keywords (`hilum ls optimizers`)",
        validate_default=True,
    )
    lr: float = Field(default=1e-3, gt=0, description="learning rate at its highest")
    warmup_epochs: float = Field(default=0.0, ge=0, description="epochs over which the learning rate rises from 0")
    schedule: Choice = Field(
        default={"name": "cosine"},
        description="how the learning rate goes on after the rise (`hilum ls schedules`)",
        validate_default=True,
    )
    frozen: tuple[str, ...] = Field(
        default=(), description="parts that do not learn, as in [encoder] or [encoder.network.layer1]"
    )
    lr_of: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={},
        description="share of the learning rate at which a part learns, as in {encoder: 0.1}; of nested parts the "
        "innermost counts",
    )
    layer_decay: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="share of the learning rate that each level of a timm encoder keeps of the level above it, the "
        "head's being whole; 1 for the same everywhere, 0.65 to 0.9 for transformers that were trained before",
    )


class CheckpointSettings(Strict):
    """Weights that are kept on the way, beside the best epoch's, as in an ensemble of them."""

    keep: int = Field(default=0, ge=0, description="how many of the best are kept; 0 for none")
    of: Literal["training", "epoch"] = Field(
        default="training", description="the best of the whole training, or of each epoch"
    )
    every: int = Field(
        default=0,
        ge=0,
        description="steps from one to the next, each of them measured on the validation images; 0 for the end of each "
        "epoch. A training that is cut off goes on from the last of them",
    )


class TrainingSettings(Strict):
    """How it is learned."""

    phases: tuple[Phase, ...] = Field(default=(Phase(),), min_length=1, description="stretches of training, in order")
    batch_size: int = Field(default=32, ge=1, description="images a step, on all devices together")
    accumulate: int = Field(
        default=1,
        ge=1,
        description="parts of a batch that go through the network one after the other before a step, where memory "
        "cannot hold all of it; only batch norm and losses between images can tell the difference",
    )
    sampler: Choice = Field(
        default={"name": "shuffle"},
        description="the order of an epoch and its keywords (`hilum ls samplers`), as in "
        "{name: to_counts, counts: {Hernia: 2500}}",
        validate_default=True,
    )
    seed: int = Field(default=0, ge=0, description="of weights, order, augmentation and dropout")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto",
        description="bf16 runs matrix products in bfloat16; auto does so where the machine has it in hardware",
    )
    channels_last: bool = Field(
        default=True, description="memory layout of images and convolutions; false is PyTorch's own, and slower"
    )
    ema_decay: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="keep a moving average of the weights, this share of the old a step; 0 for none",
    )
    gradient_clip: float = Field(default=0.0, ge=0, description="largest norm of the gradient; 0 for no limit")
    monitor: str = Field(
        default="", description="the task's figure that chooses the best epoch, as auroc; its first when left empty"
    )
    early_stopping: int = Field(
        default=0, ge=0, description="epochs without a better one after which training ends; 0 for never"
    )
    checkpoints: CheckpointSettings = Field(
        default_factory=CheckpointSettings, description="weights that are kept on the way"
    )

    @field_validator("sampler")
    @classmethod
    def _complete_sampler(cls, given: dict[str, Any]) -> dict[str, Any]:
        return component(given, samplers, "training.sampler", supplied=SUPPLIED_TO_SAMPLERS)

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)


class Recipe(Strict):
    """What differs from the defaults, once it is complete: everything that decides a run but the data."""

    name: str = Field(default="", description="how the recipe is called; the file's name when left empty")
    description: str = Field(default="", description="one sentence for `hilum ls recipes`")
    findings: str | tuple[str, ...] = Field(
        default="nih14", description="a vocabulary (nih14, nih15, chexpert14, chexpert5, rsna) or the names themselves"
    )
    task: Choice = Field(
        default={"name": "classify"},
        description="a task and its keywords (`hilum ls tasks`)",
        validate_default=True,
    )
    model: Choice = Field(description="a model and its keywords (`hilum ls models`)")
    preprocess: Preprocess = Field(default=Preprocess.model_validate({}), description="how an image becomes a tensor")
    features: dict[str, dict[str, Any]] = Field(
        default={},
        description="columns that are not pixels, in order, each set with its keywords (`hilum ls feature-sets`)",
    )
    augment: dict[str, dict[str, Any]] = Field(
        default={}, description="augmentations, in order, each with its keywords (`hilum ls transforms`)"
    )
    data: DataSettings = Field(default_factory=DataSettings, description="which images")
    training: TrainingSettings = Field(default_factory=TrainingSettings, description="how it is learned")

    @field_validator("model")
    @classmethod
    def _complete_model(cls, given: dict[str, Any]) -> dict[str, Any]:
        return component({"name": "classifier", **given}, models, "model", supplied=SUPPLIED_TO_MODELS)

    @field_validator("task")
    @classmethod
    def _complete_task(cls, given: dict[str, Any]) -> dict[str, Any]:
        return component({"name": "classify", **given}, tasks, "task", supplied=SUPPLIED_TO_TASKS)

    @field_validator("augment")
    @classmethod
    def _complete_augment(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return checked_steps(given, "augment")

    @field_validator("features")
    @classmethod
    def _complete_features(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: checked(feature_sets[name], keywords, where=f"features.{name}", supplied=SUPPLIED)
            for name, keywords in given.items()
        }

    @field_validator("findings")
    @classmethod
    def _known_findings(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not len(Findings.of(given)):
            raise ConfigError("findings: an empty list. Expected at least one finding.")
        return given

    def build_task(self) -> Objective:
        """What is learned: a task, of this recipe's findings, or an objective without labels."""
        settings = dict(self.task)
        make = tasks[settings.pop("name")]
        if "findings" in settings_of(make).model_fields:
            settings["findings"] = Findings.of(self.findings)
        objective: Objective = make(**settings)
        return objective
