"""How much of a report is made again: a share of its patients, fewer epochs, smaller images."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hilum.evaluation.reproduction import Row
from hilum.runs import Recipe, load_recipe
from hilum.runs.recipes import recipe_paths, with_overrides
from hilum.schema import Cohort
from hilum.schema.split import hold_out


@dataclass(frozen=True)
class Scale:
    """How much of a report is made again.

    Args:
        share: of the training patients, in (0, 1].
        epochs: the most of any phase; None for as many as the recipe says.
        size: the most pixels a side; None likewise.
        settings: `key=value` in every recipe; one of `model` in those whose model has it.
        seed: of the draw of patients.
        small: take the `-small` recipe, which learns on two cores, in place of each that has one.
    """

    share: float = 1.0
    epochs: int | None = None
    size: int | None = None
    settings: tuple[str, ...] = ()
    seed: int = 0
    small: bool = False

    def recipe(self, row: Row, given: Sequence[str] = ()) -> Recipe:
        """The row's recipe at this scale; `given` names, as `key=value`, what other rows and stages made for it."""
        recipe = load_recipe(self._name(row.recipe), [*row.set, *given])
        recipe = with_overrides(recipe, [one for one in self.settings if not _is_of_another_model(one, recipe)])
        caps = []
        if self.epochs is not None:
            for place, phase in enumerate(recipe.training.phases):
                caps.append(f"training.phases.{place}.epochs={min(phase.epochs, self.epochs)}")
                caps.append(f"training.phases.{place}.warmup_epochs={min(phase.warmup_epochs, self.epochs / 2)}")
        if self.size is not None:
            caps.append(f"preprocess.size={min(recipe.preprocess.size, self.size)}")
        return with_overrides(recipe, caps)

    def check(self, rows: Iterable[Row]) -> None:
        """Refuse what is wrong in rows' recipes or in settings before any work is done.

        Raises:
            ConfigError: naming the recipe or the setting.
        """
        recipes = [self.recipe(row) for row in rows if row.recipe]
        for one in self.settings:
            if recipes and all(_is_of_another_model(one, recipe) for recipe in recipes):
                with_overrides(recipes[0], [one])

    def _name(self, recipe: str) -> str:
        lesser = f"{recipe}-small"
        return lesser if self.small and lesser in recipe_paths() else recipe

    def cohort(self, cohort: Cohort, most: float = 1.0) -> Cohort:
        """The cohort with a test split, and this share of its training patients, or `most`, if that is less."""
        cohort, share = _with_test(cohort), min(self.share, most)
        if share >= 1:
            return cohort
        learning = cohort.images.split.fillna("train") == "train"
        images = cohort.take(learning.to_numpy().nonzero()[0], "")
        drawn = hold_out(images, fraction=share, seed=self.seed, into="val").images
        kept = drawn.patient_id[drawn.split == "val"]
        why = f"{100 * share:g} % of the training patients, drawn by patient with seed {self.seed}"
        return cohort.where(~learning | cohort.images.patient_id.isin(kept), why)


def _is_of_another_model(setting: str, recipe: Recipe) -> bool:
    """Whether a `key=value` is of a model that has what this recipe's has not, as a perceptron has no ImageNet weights.

    >>> from hilum.runs import load_recipe
    >>> _is_of_another_model("model.pretrained=none", load_recipe("nih14-history-mlp"))
    True
    """
    group, _, rest = setting.partition("=")[0].strip().partition(".")
    return group == "model" and bool(rest) and rest.split(".")[0] not in recipe.model


def _with_test(cohort: Cohort) -> Cohort:
    """The cohort with test images: the owner's, else the owner's validation images, else a fifth of the patients."""
    split = cohort.images.split
    if (split == "test").any():
        return cohort
    if (split == "val").any():
        images = cohort.images.assign(split=split.mask(split == "val", "test"))
        note = "There is no test split: the owner's validation images are the test images here."
        return replace(cohort, images=images, notes=(*cohort.notes, note))
    return hold_out(cohort, fraction=0.2, seed=0, into="test")
