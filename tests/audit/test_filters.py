"""Which images are kept, by a recipe or to be scored: counted, and refused with a reason."""

import pandas as pd
import pytest

from hilum.audit.filters import Filters, filtered
from hilum.runs import Recipe
from hilum.runs.recipes import with_overrides
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.training.setup import with_split

IMAGES = pd.DataFrame(
    {
        "image_id": list("abcdef"),
        "patient_id": list("aabbcc"),
        "view": ["PA", "PA", "AP", "PA", "PA", "PA"],
        "no_finding": [False, True, False, False, True, False],
        "quality_low": [False, False, False, False, True, True],
    }
)
LABELS = pd.DataFrame({"Mass": [1.0, 0, 0, 0, 0, 0], "Fibrosis": [0.0, 0, 1, 1, 0, 0], "Edema": [0.0, 0, 0, 1, 0, -1]})
COHORT = Cohort("six", IMAGES, LABELS)


def kept(recipe: Recipe, cohort: Cohort = COHORT, **data: object) -> tuple[str, tuple[str, ...]]:
    changed = with_overrides(recipe, [f"data.{name}={value}" for name, value in data.items()])
    left = filtered(cohort, changed.data, Findings.of(changed.findings))
    return "".join(left.images.image_id), left.notes


def test_abnormal_images_alone(tiny_recipe: Recipe) -> None:
    """An uncertain finding makes no image abnormal."""
    assert kept(tiny_recipe, keep="abnormal") == ("acd", ("With a finding of any kind: 3 of 6 images kept.",))


def test_one_finding_against_the_rest_or_against_normal(tiny_recipe: Recipe) -> None:
    one = with_overrides(tiny_recipe, ["findings=[Fibrosis]"])
    assert kept(one)[0] == "abcdef"
    ids, notes = kept(one, keep="findings_or_normal")
    assert ids == "bcde"
    assert notes == ("With Fibrosis (2) or normal (2): 4 of 6 images kept.",)
    silent = Cohort("silent", IMAGES.drop(columns="no_finding"), LABELS)
    with pytest.raises(DataError, match="says of no image that it shows nothing"):
        kept(one, silent, keep="findings_or_normal")


def test_flags_are_left_out_and_counted(tiny_recipe: Recipe) -> None:
    ids, notes = kept(tiny_recipe, leave_out="[quality_low]", views="[PA]")
    assert ids == "abd"
    assert notes == ("Views PA: 5 of 6 images kept.", "Without images flagged quality_low: 3 of 5 images kept.")
    with pytest.raises(ConfigError, match=r"no flag 'quality_lo'. It has no_finding, quality_low"):
        kept(tiny_recipe, leave_out="[quality_lo]")
    with pytest.raises(DataError, match="holds no image"):
        kept(tiny_recipe, Cohort("b", IMAGES[4:], LABELS[4:]), leave_out="[quality_low]")


def test_no_finding_is_learned_where_the_owner_says_it(tiny_recipe: Recipe) -> None:
    fifteen = Findings(("Mass", "No Finding"))
    assert COHORT.labels_for(fifteen)[:, 1].tolist() == [0, 1, 0, 0, 1, 0]
    assert COHORT.labeled.names == ("Mass", "Fibrosis", "Edema", "No Finding")
    assert len(with_overrides(tiny_recipe, ["findings=nih15"]).build_task().findings) == 15  # type: ignore[attr-defined]


def test_filters_come_before_the_split(tiny_recipe: Recipe) -> None:
    seen = with_overrides(
        tiny_recipe,
        ["model={name: mlp}", "features={demographics: {}}", "data.leave_out=[quality_low]", "data.val_fraction=0.5"],
    )
    cohort = with_split(seen, Cohort("six", IMAGES.assign(split="train"), LABELS))
    assert set(cohort.images.image_id) == set("abcd")
    assert cohort.images.split.isin(["train", "val"]).all()


def test_words_of_a_command_line_are_a_recipes_settings(tiny_recipe: Recipe) -> None:
    asked = Filters.of(["keep=abnormal", "leave_out=quality_low", "views=[PA, AP]"], "--images")
    assert asked == Filters(keep="abnormal", leave_out=("quality_low",), views=("PA", "AP"))
    changed = with_overrides(tiny_recipe, ["data.keep=abnormal", "data.leave_out=quality_low"])
    assert changed.data.leave_out == ("quality_low",)
    for words, said in {
        "keep=normal": r"--images: keep: .*abnormal",
        "keeps=abnormal": "Nearest: keep",
        "abnormal": r"expected key=value, as in keep=abnormal",
    }.items():
        with pytest.raises(ConfigError, match=said):
            Filters.of([words], "--images")
