from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from hilum.images import read_image
from hilum.runs import Run, embed, explain, predict
from hilum.schema import Cohort, ConfigError, Predictions


@pytest.fixture(scope="module")
def told(tiny_run: Run, tiny_cohort: Cohort) -> Predictions:
    return predict(tiny_run, tiny_cohort, workers=0)


def test_every_image_in_order(told: Predictions, tiny_cohort: Cohort) -> None:
    assert told.table.image_id.tolist() == tiny_cohort.images.image_id.tolist()
    assert list(told.findings) == ["Mass", "Nodule"]
    assert told.failures.empty
    assert told.provenance["weights_sha256"]
    assert told.provenance["machine"]["precision"] == "fp32"


def test_it_has_learnt_something(told: Predictions, tiny_cohort: Cohort) -> None:
    present = tiny_cohort.labels.to_numpy()
    for column, scores in zip(present.T, told.probabilities.T, strict=True):
        assert scores[column == 1].mean() > scores[column == 0].mean()


def test_what_predict_says_is_the_sigmoid_of_the_model_applied_by_hand(
    told: Predictions, tiny_run: Run, tiny_cohort: Cohort
) -> None:
    """The whole way, written out: read, shrink, normalize, forward, sigmoid once."""
    image = read_image(tiny_cohort.images.path[5])
    batch = tiny_run.preprocess.normalize(tiny_run.preprocess.shrink(image.pixels)[None].astype(np.float32) / 255)
    with torch.no_grad():
        logits = tiny_run.model()(image=torch.from_numpy(batch))["labels"].numpy()[0].astype(np.float64)
    np.testing.assert_allclose(told.probabilities[5], 1 / (1 + np.exp(-logits)), atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 7, 80, 1000])
@pytest.mark.parametrize("stored", [False, True])
def test_neither_batch_size_nor_store_changes_a_probability(
    told: Predictions, tiny_run: Run, tiny_cohort: Cohort, batch_size: int, stored: bool
) -> None:
    stores = tiny_run.folder.parent / "stores" if stored else None
    again = predict(tiny_run, tiny_cohort, stores=stores, batch_size=batch_size, workers=0)
    np.testing.assert_allclose(again.probabilities, told.probabilities, atol=1e-6, rtol=0)


def test_neither_does_the_number_of_processes(told: Predictions, tiny_run: Run, tiny_cohort: Cohort) -> None:
    again = predict(tiny_run, tiny_cohort, workers=2)
    assert np.array_equal(again.probabilities, told.probabilities)


def test_images_out_of_a_store_and_out_of_files_mixed(told: Predictions, tiny_run: Run, tiny_cohort: Cohort) -> None:
    """An image that the store does not know is decoded, and the order stays."""
    images = tiny_cohort.images.copy()
    images.loc[3, "image_id"] = "unknown_to_the_store"
    mixed = predict(tiny_run, Cohort("tiny", images), stores=tiny_run.folder.parent / "stores", workers=0)
    assert mixed.table.image_id[3] == "unknown_to_the_store"
    np.testing.assert_allclose(mixed.probabilities, told.probabilities, atol=1e-6, rtol=0)


def test_what_cannot_be_read_is_kept_with_its_reason(
    told: Predictions, tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    images = tiny_cohort.images.iloc[:6].copy()
    images.loc[1, "path"] = str(tmp_path / "broken.png")
    images.loc[2, "path"] = np.nan
    images.loc[4, "path"] = str(tmp_path / "gone.png")
    partly = predict(tiny_run, Cohort("tiny", images), batch_size=2, workers=0)
    assert partly.table.image_id.tolist() == images.image_id[[0, 3, 5]].tolist()
    assert partly.failures.image_id.tolist() == images.image_id[[1, 2, 4]].tolist()
    assert partly.failures.reason.str.len().min() > 10
    np.testing.assert_allclose(partly.probabilities, told.probabilities[[0, 3, 5]], atol=1e-6, rtol=0)
    assert partly.provenance["failed"] == 3


def test_nothing_readable_is_an_empty_table_with_reasons(tiny_run: Run) -> None:
    nothing = predict(tiny_run, Cohort("c", pd.DataFrame({"image_id": ["a"], "patient_id": ["p"]})), workers=0)
    assert len(nothing) == 0
    assert nothing.failures.image_id.tolist() == ["a"]


def test_bf16_is_said_and_close(told: Predictions, tiny_run: Run, tiny_cohort: Cohort) -> None:
    quick = predict(tiny_run, tiny_cohort, precision="bf16", workers=0)
    assert quick.provenance["machine"]["precision"] == "bf16"
    np.testing.assert_allclose(quick.probabilities, told.probabilities, atol=0.05)


def test_predicting_leaves_the_callers_random_numbers_alone(tiny_run: Run, tiny_cohort: Cohort) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    predict(tiny_run, tiny_cohort.take(np.arange(2), "two"), workers=0)
    assert torch.rand(1) == expected


def test_an_unknown_device_is_refused(tiny_run: Run, tiny_cohort: Cohort) -> None:
    with pytest.raises(ConfigError, match="no device 'gpu'"):
        predict(tiny_run, tiny_cohort, device="gpu")


def test_embeddings_give_the_logits_through_the_head(told: Predictions, tiny_run: Run, tiny_cohort: Cohort) -> None:
    vectors = embed(tiny_run, tiny_cohort, workers=0)
    assert vectors.table.image_id.tolist() == tiny_cohort.images.image_id.tolist()
    assert vectors.names[0] == "e0000"
    with torch.no_grad():
        logits = tiny_run.model().head(torch.from_numpy(vectors.aligned(tiny_cohort.images.image_id)))  # type: ignore[operator]
    np.testing.assert_allclose(tiny_run.task.decode(logits).numpy(), told.probabilities, atol=1e-6)


def test_explain_maps_to_original_pixels(tiny_run: Run, tiny_cohort: Cohort) -> None:
    path = tiny_cohort.images.path[0]
    everything = explain(tiny_run, [path, read_image(tiny_cohort.images.path[1])])
    assert [(one.image_id, one.finding) for one in everything] == [
        (image_id, finding) for image_id in tiny_cohort.images.image_id[:2] for finding in ("Mass", "Nodule")
    ]
    assert {one.heatmap.shape for one in everything} == {(64, 64)}
    only = explain(tiny_run, [path], findings=["nodule"])
    assert [one.finding for one in only] == ["Nodule"]
    assert np.array_equal(only[0].heatmap, everything[1].heatmap)
    with pytest.raises(ConfigError, match="no finding 'Edema'"):
        explain(tiny_run, [path], findings=["Edema"])
