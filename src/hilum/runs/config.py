"""The recipe: one strict tree, the only home of an experiment's defaults.

Every field says what it means and in what unit; docs/reference/configuration.md is made from here.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hilum.features import feature_sets
from hilum.images import Preprocess
from hilum.models import models
from hilum.registry import checked
from hilum.schema import ConfigError, Findings
from hilum.tasks import Classify, losses, policies

SUPPLIED_TO_MODELS = ("outputs", "channels", "size", "features", "visit")  # follow from findings, preprocess, features
SUPPLIED_TO_FEATURES = ("findings",)
WEIGHT_DECAY = {"adamw": 1e-2, "sgd": 1e-4, "adam": 0.0}  # what each optimizer is mostly used with


class Strict(BaseModel):
    """A frozen group of settings that refuses names it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_choice(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


Choice = Annotated[dict[str, Any], BeforeValidator(_as_choice)]


class TaskSettings(Strict):
    """What is learned from the labels."""

    name: Literal["classify"] = Field(default="classify", description="the task")
    policy: str = Field(default="ignore", description="what an uncertain label teaches (`hilum ls policies`)")
    missing: Literal["ignore", "zeros"] = Field(
        default="ignore", description="what a label that the source does not mention teaches: nothing, or absence"
    )
    loss: Choice = Field(
        default={"name": "bce"}, description="a loss and its keywords (`hilum ls losses`)", validate_default=True
    )

    @field_validator("policy")
    @classmethod
    def _known_policy(cls, name: str) -> str:
        policies[name]
        return name

    @field_validator("loss")
    @classmethod
    def _complete_loss(cls, given: dict[str, Any]) -> dict[str, Any]:
        return _completed(given, losses, "task.loss")

    def build(self, findings: Findings) -> Classify:
        """The task for these findings."""
        loss = dict(self.loss)
        name = loss.pop("name")
        return Classify(findings, self.policy, self.missing, loss_name=name, loss_settings=loss)


class DataSettings(Strict):
    """Which images are learned from. Where they lie is an argument, never a setting."""

    dataset: str = Field(default="nih14", description="the dataset that `hilum train` opens (`hilum ls datasets`)")
    views: tuple[Literal["PA", "AP", "FRONTAL", "LATERAL"], ...] | None = Field(
        default=None, description="views to keep; null keeps all, also images whose view is not known"
    )
    val_fraction: float = Field(
        default=0.1,
        gt=0,
        lt=1,
        description="share of the training patients held out for validation when there is no `val`",
    )
    split_seed: int = Field(default=0, ge=0, description="seed of that draw")


class Phase(Strict):
    """A stretch of training with its own optimizer; phases follow each other."""

    epochs: int = Field(default=10, ge=1, description="passes over the training images")
    optimizer: Literal["adam", "adamw", "sgd"] = Field(default="adamw", description="the optimizer")
    lr: float = Field(default=1e-3, gt=0, description="learning rate at its highest")
    weight_decay: float = Field(
        default_factory=lambda phase: WEIGHT_DECAY.get(phase.get("optimizer", ""), 0.0),
        ge=0,
        description="weight decay, biases and norms spared; left out: 0.01 for adamw, 0.0001 for sgd, 0 for adam",
    )
    momentum: float = Field(default=0.9, ge=0, lt=1, description="momentum of sgd; the others do not look at it")
    warmup_epochs: float = Field(default=0.0, ge=0, description="epochs over which the learning rate rises from 0")
    schedule: Literal["cosine", "constant"] = Field(
        default="cosine", description="after the rise: fall to 0 as a cosine, or stay"
    )
    frozen: tuple[str, ...] = Field(
        default=(), description="parts that do not learn, as in [encoder] or [encoder.layer1]"
    )


class TrainingSettings(Strict):
    """How it is learned."""

    phases: tuple[Phase, ...] = Field(default=(Phase(),), min_length=1, description="stretches of training, in order")
    batch_size: int = Field(default=32, ge=1, description="images a step, on all devices together")
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
    monitor: Literal["auroc", "loss"] = Field(
        default="auroc", description="the validation figure that chooses the best epoch"
    )
    early_stopping: int = Field(
        default=0, ge=0, description="epochs without a better one after which training ends; 0 for never"
    )

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)


class Recipe(Strict):
    """What differs from the defaults, once it is complete: everything that decides a run but the data."""

    name: str = Field(default="", description="how the recipe is called; the file's name when left empty")
    description: str = Field(default="", description="one sentence for `hilum ls recipes`")
    findings: str | tuple[str, ...] = Field(
        default="nih14", description="a vocabulary (nih14, chexpert14, chexpert5, rsna) or the names themselves"
    )
    task: TaskSettings = Field(default_factory=TaskSettings, description="what is learned")
    model: Choice = Field(description="a model and its keywords (`hilum ls models`)")
    preprocess: Preprocess = Field(default=Preprocess.model_validate({}), description="how an image becomes a tensor")
    features: dict[str, dict[str, Any]] = Field(
        default={},
        description="columns that are not pixels, in order, each set with its keywords (`hilum ls features`)",
    )
    augment: dict[str, dict[str, Any]] = Field(
        default={}, description="augmentations, in order, each with its keywords (`hilum ls augmentations`)"
    )
    data: DataSettings = Field(default_factory=DataSettings, description="which images")
    training: TrainingSettings = Field(default_factory=TrainingSettings, description="how it is learned")

    @field_validator("model")
    @classmethod
    def _complete_model(cls, given: dict[str, Any]) -> dict[str, Any]:
        return _completed({"name": "classifier", **given}, models, "model", SUPPLIED_TO_MODELS)

    @field_validator("features")
    @classmethod
    def _complete_features(cls, given: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            name: checked(feature_sets[name], keywords, where=f"features.{name}", supplied=SUPPLIED_TO_FEATURES)
            for name, keywords in given.items()
        }

    @field_validator("findings")
    @classmethod
    def _known_findings(cls, given: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not len(Findings.of(given)):
            raise ConfigError("findings: an empty list. Expected at least one finding.")
        return given


def _completed(given: dict[str, Any], registry: Any, where: str, supplied: tuple[str, ...] = ()) -> dict[str, Any]:
    keywords = dict(given)
    name = keywords.pop("name", None)
    if not isinstance(name, str):
        raise ConfigError(f"{where}.name: not given. Expected one of: {', '.join(registry)}.")
    return {"name": name, **checked(registry[name], keywords, where=where, supplied=supplied)}
