"""Splits by patient: seeded, stratified, free of row order, and named by a hash."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hilum.schema import Cohort, ConfigError, DataError
from hilum.schema.split import hold_out, split_hash, split_list, with_split_list, without_copies


@pytest.fixture(scope="module")
def hospital() -> Cohort:
    """3,000 images of 1,000 patients; one finding common, one rare, one on ten patients only."""
    generator = np.random.default_rng(0)
    patient = generator.permutation(np.repeat(np.arange(1000), 3))
    images = pd.DataFrame({"image_id": [f"i{row}" for row in range(3000)], "patient_id": patient.astype(str)})
    chance = {"common": 0.3, "rare": 0.02}
    labels = pd.DataFrame({name: (generator.random(3000) < share).astype(float) for name, share in chance.items()})
    labels["rarest"] = np.isin(patient, np.arange(10)).astype(float)
    images["split"] = np.where(patient % 5 == 4, "test", "train")
    return Cohort("hospital", images, labels)


def sides(cohort: Cohort) -> "pd.Series[str]":
    return cohort.images.set_index("image_id").split.sort_index()


def test_no_patient_stands_on_two_sides_and_the_test_side_stays(hospital: Cohort) -> None:
    drawn = hold_out(hospital, fraction=0.25, seed=1)
    assert (drawn.images.groupby("patient_id").split.nunique() == 1).all()
    assert (drawn.images.split == "test").equals(hospital.images.split == "test")
    assert drawn.images.image_id.equals(hospital.images.image_id)
    moved = drawn.images[drawn.images.split == "val"].patient_id.nunique()
    assert moved == pytest.approx(200, abs=3)
    assert f"{moved} of 800 patients moved from train to val" in drawn.notes[-1]


def test_each_finding_is_held_out_in_the_same_share(hospital: Cohort) -> None:
    drawn = hold_out(hospital, fraction=0.25, seed=1)
    for finding, slack in (("common", 0.05), ("rare", 0.1), ("rarest", 0.1)):
        present = drawn.images[(drawn.labels[finding] == 1) & (drawn.images.split != "test")]
        share = (present.drop_duplicates("patient_id").split == "val").mean()
        assert share == pytest.approx(0.25, abs=slack), finding


def test_the_rarest_is_on_both_sides_whatever_the_seed(hospital: Cohort) -> None:
    for seed in range(20):
        drawn = hold_out(hospital, fraction=0.25, seed=seed)
        patients = drawn.images[drawn.labels["rarest"] == 1].groupby("split").patient_id.nunique()
        assert 2 <= patients["val"] <= 2 + 1  # 8 of them are not test: a quarter, plus at most one by chance


def test_seed_and_order(hospital: Cohort) -> None:
    first = hold_out(hospital, fraction=0.1, seed=3)
    assert sides(first).equals(sides(hold_out(hospital, fraction=0.1, seed=3)))
    assert not sides(first).equals(sides(hold_out(hospital, fraction=0.1, seed=4)))
    shuffled = hospital.take(np.random.default_rng(9).permutation(len(hospital)), "Shuffled.")
    assert sides(hold_out(shuffled, fraction=0.1, seed=3)).equals(sides(first))


def test_images_without_a_side_count_as_the_source(hospital: Cohort) -> None:
    bare = replace(hospital, images=hospital.images.assign(split=None))
    drawn = hold_out(bare, fraction=0.5, seed=0, into="test")
    assert set(drawn.images.split) == {"train", "test"}


def test_refusals(hospital: Cohort) -> None:
    for fraction in (0, 1, -0.1, 1.5):
        with pytest.raises(ConfigError, match=f"fraction of {fraction} was asked for"):
            hold_out(hospital, fraction=fraction, seed=0)
    with pytest.raises(DataError, match=r"no images in 'val' to take from\. Expected one of: "):
        hold_out(hospital, fraction=0.5, seed=0, source="val")


def test_hash_names_the_split_not_its_order(hospital: Cohort) -> None:
    name = split_hash(hospital)
    assert len(name) == 12
    assert int(name, 16) >= 0
    shuffled = hospital.take(np.random.default_rng(2).permutation(len(hospital)), "Shuffled.")
    assert split_hash(shuffled) == name
    assert split_hash(hold_out(hospital, fraction=0.1, seed=0)) != name
    assert split_hash(replace(hospital, images=hospital.images.assign(split=None))) != name


@pytest.fixture
def five() -> Cohort:
    images = pd.DataFrame({"image_id": list("abcde"), "patient_id": list("abcde")})
    return Cohort("five", images.assign(split=["train", "train", "val", "test", None]))


def pairs(cohort: Cohort, *names: str) -> pd.DataFrame:
    split = cohort.images.set_index("image_id").split
    return pd.DataFrame(
        {
            "image_id_a": [name[0] for name in names],
            "split_a": [split[name[0]] for name in names],
            "image_id_b": [name[1] for name in names],
            "split_b": [split[name[1]] for name in names],
        }
    )


@pytest.mark.parametrize(
    ("copies", "left"),
    [
        (("ad",), "bcde"),
        (("da",), "bcde"),  # whichever stands first
        (("ca",), "bcde"),  # of train and val, the one in train
        (("cd",), "abde"),  # of val and test, the one in val
        (("ab", "ae", "de"), "abcde"),  # in one split, or in none: no leak
        (("ad", "bd", "cd"), "de"),
        ((), "abcde"),
    ],
)
def test_of_two_copies_the_one_nearer_to_training_goes(five: Cohort, copies: tuple[str, ...], left: str) -> None:
    clean = without_copies(five, pairs(five, *copies))
    assert "".join(clean.images.image_id) == left
    assert f"{5 - len(left)} dropped" in clean.notes[-1]


def test_what_was_dropped_is_counted_by_split(five: Cohort) -> None:
    assert (
        "3 dropped (2 from train, 1 from val): 2 of 5 images kept"
        in (without_copies(five, pairs(five, "ad", "bd", "cd")).notes[-1])
    )


def test_only_images_of_this_cohort_go(five: Cohort) -> None:
    other = pairs(five, "ad").assign(cohort_a="another", cohort_b="five")
    assert len(without_copies(five, other)) == 5
    assert len(without_copies(five, other.assign(cohort_a="five", cohort_b="another"))) == 4


def test_a_cohort_without_split_and_a_list_without_columns_are_refused(five: Cohort) -> None:
    with pytest.raises(DataError, match="'five' has no split"):
        without_copies(replace(five, images=five.images.assign(split=None)), pairs(five))
    with pytest.raises(DataError, match="copies lack image_id_b, split_b"):
        without_copies(five, pairs(five).drop(columns=["image_id_b", "split_b"]))


def test_a_written_list_gives_the_same_split(five: Cohort, tmp_path: Path) -> None:
    clean = without_copies(five, pairs(five, "ad"))
    split_list(clean).to_csv(tmp_path / "clean_split.csv", index=False)
    again = with_split_list(replace(five, images=five.images.assign(split=None)), tmp_path / "clean_split.csv")
    assert again.images.image_id.tolist() == list("bcd")
    assert again.images.split.tolist() == ["train", "val", "test"]
    assert "Images on clean_split.csv: 3 of 5 images kept" in again.notes[-1]


def test_a_list_keeps_ids_as_they_are_written(tmp_path: Path) -> None:
    cohort = Cohort("some", pd.DataFrame({"image_id": ["001", "NA", "x"], "patient_id": list("abc")}))
    (tmp_path / "list.csv").write_text("image_id,split\n001,test\nNA,train\nz,train\n")
    placed = with_split_list(cohort, tmp_path / "list.csv")
    assert placed.images.image_id.tolist() == ["001", "NA"]
    assert "1 images that are not in this cohort" in placed.notes[-1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("image_id,side\na,train\n", "no split list"),
        ("", "no split list"),
        ("image_id,split\na,train\na,test\n", "1 images stand twice: a"),
        ("image_id,split\nz,train\n", "none of the images of 'five'"),
        ("image_id,split\na,learn\n", "unknown split learn"),
    ],
)
def test_lists_that_are_none(five: Cohort, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        with_split_list(five, tmp_path / "list.csv")
