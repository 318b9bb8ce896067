from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from hilum.evaluation import metrics
from hilum.evaluation.fusion import fuse, fusions
from hilum.schema import Cohort, ConfigError, DataError, Features, LabelPredictions

NAMES = ["Mass", "Effusion"]
IDS = [f"f{place:04}" for place in range(1200)]


@pytest.fixture
def cohort() -> Cohort:
    generator = np.random.default_rng(0)
    images = pd.DataFrame({"image_id": IDS, "patient_id": generator.integers(0, 300, 1200).astype(str)})
    labels = (generator.random((1200, 2)) < (0.1, 0.4)).astype(float)
    return Cohort("drawn", images, pd.DataFrame(labels, columns=NAMES))


def reader(cohort: Cohort, seed: int, skill: float = 1.5) -> LabelPredictions:
    """Gaussian evidence of d' = `skill`, as well calibrated as can be."""
    generator, present = np.random.default_rng(seed), cohort.labels.to_numpy()
    evidence = generator.normal(skill * present, 1.0)
    scores = expit(logit(present.mean(axis=0)) + skill * evidence - skill**2 / 2)
    table = pd.DataFrame(scores, columns=NAMES)
    table.insert(0, "image_id", cohort.images.image_id)
    return LabelPredictions(table, {"seed": seed})


def auroc(predictions: LabelPredictions, cohort: Cohort, place: int = 1) -> float:
    rows = cohort.labels.set_axis(cohort.images.image_id).loc[predictions.table.image_id]
    return float(metrics["auroc"](rows.iloc[:, place].to_numpy(float), predictions.probabilities[:, place]))


def test_two_independent_readers_are_as_good_as_theory_says(cohort: Cohort) -> None:
    """Evidence adds up: d' of both is the root of the sum of squares."""
    from scipy.stats import norm

    readers = [reader(cohort, 1), reader(cohort, 2)]
    expected = norm.cdf(1.5 * np.sqrt(2) / np.sqrt(2))
    fused = fuse(readers)
    assert auroc(fused, cohort) == pytest.approx(expected, abs=0.02)
    assert auroc(fused, cohort) > max(auroc(one, cohort) for one in readers) + 0.03
    assert fused.probabilities.mean(axis=0) == pytest.approx(cohort.labels.mean().to_numpy(), abs=0.02)


@pytest.mark.parametrize("method", fusions)
def test_every_method_keeps_images_order_and_one_vote_each(cohort: Cohort, method: str) -> None:
    assert {"mean", "log_odds", "stack"} == set(fusions)
    one, two = reader(cohort, 1), reader(cohort, 2)
    fused = fuse([one, two], method=method, cohort=cohort)
    swapped = fuse([replace(two), one], method=method, cohort=cohort)
    assert fused.table.image_id.tolist() == IDS
    assert list(fused.findings) == NAMES
    np.testing.assert_allclose(fused.probabilities, swapped.probabilities, atol=1e-4)
    assert fused.provenance["of"] == [{"seed": 1}, {"seed": 2}]


def test_log_odds_and_mean_by_hand() -> None:
    tables = [pd.DataFrame({"image_id": ["a", "b"], "Mass": scores}) for scores in ([0.2, 0.6], [0.5, np.nan])]
    one, two = map(LabelPredictions, tables)
    prior = np.mean([0.2, 0.6, 0.5])
    expected = [expit(logit(0.2) + logit(0.5) - logit(prior)), 0.6]
    assert fuse([one, two]).probabilities[:, 0] == pytest.approx(expected)
    assert fuse([one, two], method="mean").probabilities[:, 0] == pytest.approx([0.35, 0.6])


def test_synonyms_and_images_that_one_lacks(cohort: Cohort) -> None:
    one = reader(cohort, 1)
    two = LabelPredictions(
        reader(cohort, 2).table.rename(columns={"Effusion": "Pleural Effusion"})[["image_id", "Pleural Effusion"]][:-1]
    )
    fused = fuse([one, two])
    assert list(fused.findings) == ["Effusion"]
    assert fused.table.Effusion.iloc[-1] == pytest.approx(one.table.Effusion.iloc[-1])
    assert fused.provenance["images_without_a_word"] == [0, 1]


def test_stack_is_a_regression_fitted_on_other_patients(cohort: Cohort) -> None:
    """With hardly any prior it is scikit-learn's, fitted on the other parts of the patients."""
    readers = [reader(cohort, 1, 2.0), reader(cohort, 2, 0.5)]
    fused = fuse(readers, method="stack", cohort=cohort, folds=3, seed=4, precision=1e-6)
    _, patient = np.unique(cohort.images.patient_id, return_inverse=True)
    fold = (np.random.default_rng(4).permutation(patient.max() + 1) % 3)[patient]
    columns = np.stack([logit(one.table.Effusion) for one in readers], axis=1)
    here = fold == 1
    model = LogisticRegression(C=1e6).fit(columns[~here], cohort.labels.Effusion[~here])
    expected = model.predict_proba(columns[here])[:, 1]
    np.testing.assert_allclose(fused.table.Effusion[here], expected, atol=1e-3)


def test_stack_with_a_strong_prior_is_the_log_odds_fusion(cohort: Cohort) -> None:
    readers = [reader(cohort, 1, 2.0), reader(cohort, 2, 0.5)]
    fused, plain = fuse(readers, method="stack", cohort=cohort, precision=1e9), fuse(readers)
    order = [one.table.Effusion.rank().to_numpy() for one in (fused, plain)]
    assert np.corrcoef(*order)[0, 1] > 0.999


def test_stack_learns_nothing_from_a_image_s_own_patient(cohort: Cohort) -> None:
    """Labels of one patient turned over: the probabilities of that patient's images stay as they were."""
    readers = [reader(cohort, 1), reader(cohort, 2)]
    mine = (cohort.images.patient_id == "7").to_numpy()
    turned = replace(cohort, labels=abs(cohort.labels - mine[:, None]))
    before, after = (fuse(readers, method="stack", cohort=one).probabilities for one in (cohort, turned))
    assert mine.sum() > 1
    np.testing.assert_array_equal(before[mine], after[mine])
    assert not np.array_equal(before[~mine], after[~mine])


def test_stack_uses_further_columns_of_the_finding(cohort: Cohort) -> None:
    readers = [reader(cohort, 1), reader(cohort, 2)]
    hint = cohort.labels.Effusion + np.random.default_rng(3).normal(0, 0.3, 1200)
    columns = {"image_id": IDS, "hint_Effusion": hint, "hint_Mass": 0.0, "visits": np.nan}
    told = fuse(readers, method="stack", cohort=cohort, features=Features(pd.DataFrame(columns)))
    plain = fuse(readers, method="stack", cohort=cohort)
    assert auroc(told, cohort) > auroc(plain, cohort) + 0.05
    assert auroc(told, cohort, 0) == pytest.approx(auroc(plain, cohort, 0), abs=1e-3)


def test_stack_without_two_classes_falls_back_and_says_so(cohort: Cohort) -> None:
    alone = replace(cohort, labels=cohort.labels.assign(Mass=0.0))
    readers = [reader(cohort, 1), reader(cohort, 2)]
    fused = fuse(readers, method="stack", cohort=alone)
    np.testing.assert_array_equal(fused.table.Mass, fuse(readers).table.Mass)
    assert len(fused.provenance["notes"]) == 5


def test_what_cannot_be_fused_is_refused(cohort: Cohort) -> None:
    one, two = reader(cohort, 1), reader(cohort, 2)
    with pytest.raises(ConfigError, match="two or more"):
        fuse([one])
    with pytest.raises(ConfigError, match="log_odds"):
        fuse([one, two], method="logodds")
    with pytest.raises(ConfigError, match="labels"):
        fuse([one, two], method="stack")
    with pytest.raises(DataError, match="share no finding"):
        fuse([one, LabelPredictions(two.table.rename(columns={"Mass": "Edema", "Effusion": "Hernia"}))])
    with pytest.raises(DataError, match="same image ids"):
        fuse([one, LabelPredictions(two.table.assign(image_id=two.table.image_id + "x"))])
    with pytest.raises(DataError, match="not in cohort"):
        fuse([one, two], method="stack", cohort=cohort.take(np.arange(10), "Ten."))
