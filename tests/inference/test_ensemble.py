"""An ensemble says what its members say, put together by hand; every way to ask a Run works on it."""

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from hilum.data.variants.pose import posed
from hilum.images import read_image, store_build
from hilum.inference import Predictor
from hilum.runs import Run
from hilum.schema import Cohort, ConfigError, RunError
from hilum.workflows import embed, predict, read
from hilum.workflows.calibrate import calibrate
from hilum.workflows.ensemble import ensemble, soup
from hilum.workflows.evaluate import evaluate, run_of
from hilum.workflows.explain import explain


@pytest.fixture
def runs(make_run) -> list[Run]:
    """Two encoders, two squares, and findings in another order."""
    other = {"size": 48, "center_crop": 0.9, "channels": 3, "normalize": "imagenet"}
    small = make_run("small", seed=1)
    large = make_run("large", findings=("nodule", "Mass"), seed=2, model={"encoder": "test_vit2"}, preprocess=other)
    return [small, large]


def test_it_is_the_mean_by_name_also_of_others_encoders_and_squares(
    runs: list[Run], tiny_cohort: Cohort, tmp_path: Path
) -> None:
    both = ensemble(runs, tmp_path / "both")
    told = predict(both, tiny_cohort, workers=0)
    first, second = (predict(run, tiny_cohort, workers=0) for run in runs)
    assert list(second.findings) == ["nodule", "Mass"]
    expected = (first.probabilities + second.probabilities[:, ::-1]) / 2
    np.testing.assert_allclose(told.probabilities, expected, atol=1e-6)
    assert list(told.findings) == ["Mass", "Nodule"]
    assert told.table.image_id.tolist() == tiny_cohort.images.image_id.tolist()
    assert [one["name"] for one in told.provenance["ensemble"]["members"]] == ["small", "large"]
    assert run_of(told).folder == both.folder.resolve()


def test_the_mean_of_logits(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    told = predict(ensemble(runs, tmp_path / "both", combine="logits"), tiny_cohort, workers=0).probabilities
    first, second = (predict(run, tiny_cohort, workers=0).probabilities for run in runs)
    second = second[:, ::-1]
    odds = np.sqrt(first / (1 - first) * second / (1 - second))
    np.testing.assert_allclose(told, odds / (1 + odds), atol=1e-5)


def test_it_holds_copies(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    """Moved, and with the Runs gone, it says the same."""
    few = tiny_cohort.take(np.arange(4), "few")
    told = predict(ensemble(runs, tmp_path / "both"), few, workers=0)
    for run in runs:
        shutil.rmtree(run.folder)
    shutil.move(tmp_path / "both", tmp_path / "elsewhere")
    again = predict(Run.open(tmp_path / "elsewhere"), few, workers=0)
    assert np.array_equal(again.probabilities, told.probabilities)
    assert again.provenance["weights_sha256"] == told.provenance["weights_sha256"]


def test_each_file_is_read_once(
    runs: list[Run], tiny_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: Counter[str] = Counter()
    decode = store_build.decode
    monkeypatch.setattr(store_build, "decode", lambda path, content: reads.update([path.stem]) or decode(path, content))
    predict(ensemble(runs, tmp_path / "both"), tiny_cohort.take(np.arange(5), "five"), workers=0)
    assert reads == Counter(tiny_cohort.images.image_id[:5])


def test_variants_are_further_looks(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    """By hand: the image as it is and enlarged, through the network."""
    small = runs[0]
    looked = ensemble([small], tmp_path / "looks", variants=[{"name": "zoom", "factor": 1.1}])
    one = tiny_cohort.take(np.arange(1), "one")
    square = small.preprocess.shrink(read_image(one.images.path.iat[0]).pixels)[None].astype(np.float32) / 255
    looks = [square, posed(torch.from_numpy(square)[None], factor=1.1)[0].numpy()]
    with torch.no_grad():
        each = [small.model()(image=torch.from_numpy(small.preprocess.normalize(look)))["labels"] for look in looks]
    expected = torch.stack(each).sigmoid().mean(0).numpy()
    np.testing.assert_allclose(predict(looked, one, workers=0).probabilities, expected, atol=1e-6)
    assert not np.allclose(expected, each[0].sigmoid().numpy(), atol=1e-4)


def test_one_finding_a_run_is_put_side_by_side(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    mass, nodule = (make_run(name, findings=(name,), seed=seed) for seed, name in enumerate(("Mass", "Nodule")))
    with pytest.raises(RunError, match=r"speaks of Nodule, and .* of Mass.*--join"):
        ensemble([mass, nodule], tmp_path / "no")
    joined = ensemble([mass, nodule], tmp_path / "joined", join=True)
    assert list(joined.findings) == ["Mass", "Nodule"]
    told = predict(joined, tiny_cohort, workers=0).probabilities
    each = [predict(run, tiny_cohort, workers=0).probabilities for run in (mass, nodule)]
    np.testing.assert_allclose(told, np.hstack(each), atol=1e-6)
    maps = explain(joined, [tiny_cohort.images.path[0]], findings=["Nodule"])
    alone = explain(nodule, [tiny_cohort.images.path[0]])
    np.testing.assert_allclose(maps[0].heatmap, alone[0].heatmap, atol=1e-6)


def test_a_run_that_looks_at_no_image_beside_one_that_does(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    past = make_run("past", model={"name": "mlp"}, features={"demographics": {}}, seed=3)
    looking = make_run("looking", seed=4)
    both = ensemble([past, looking], tmp_path / "both", variants=[{"name": "shift"}])
    assert both.sees_images
    told = predict(both, tiny_cohort, workers=0).probabilities
    shifted = predict(ensemble([looking], tmp_path / "one", variants=[{"name": "shift"}]), tiny_cohort, workers=0)
    expected = (predict(past, tiny_cohort, workers=0).probabilities + shifted.probabilities) / 2
    np.testing.assert_allclose(told, expected, atol=1e-6)
    reading = read(both, [tiny_cohort.images.path[0]])
    assert reading.predictions.provenance["without_features"] == ["demographics"]
    assert len(reading.explanations) == 2


def test_a_run_of_two_views_beside_one_of_one(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    """Two images a study, frontal and lateral."""
    images = tiny_cohort.images.assign(view=["PA", "LATERAL"] * 40, study_id=tiny_cohort.images.patient_id)
    cohort = Cohort("tiny", images, tiny_cohort.labels)
    pair = make_run("pair", model={"name": "two_views", "encoder": "test_resnet"}, seed=1)
    single = make_run("single", seed=2)
    both = ensemble([pair, single], tmp_path / "both")
    frontal = both.readable(cohort)
    assert set(frontal.images.view) == {"PA"}
    told = predict(both, frontal, workers=0)
    each = [predict(run, frontal, workers=0).probabilities for run in (pair, single)]
    np.testing.assert_allclose(told.probabilities, np.mean(each, axis=0), atol=1e-6)
    assert len(read(both, [images.path[0]]).explanations) == 2


def test_heatmaps_are_the_mean_and_a_reading_agrees_with_predict(
    runs: list[Run], tiny_cohort: Cohort, tmp_path: Path
) -> None:
    both, paths = ensemble(runs, tmp_path / "both"), tiny_cohort.images.path[:2].tolist()
    reading = read(both, paths)
    told = predict(both, tiny_cohort.take(np.arange(2), "two"), workers=0)
    np.testing.assert_allclose(reading.predictions.probabilities, told.probabilities, atol=1e-6)
    first, second = (explain(run, paths) for run in runs)
    assert [(one.image_id, one.finding) for one in reading.explanations] == [
        (Path(path).stem, finding) for path in paths for finding in ("Mass", "Nodule")
    ]
    for one, a, b in zip(reading.explanations, first, [second[place] for place in (1, 0, 3, 2)], strict=True):
        np.testing.assert_allclose(one.heatmap, (a.heatmap + b.heatmap) / 2, atol=1e-6)


def test_its_vectors_lie_side_by_side(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    few = tiny_cohort.take(np.arange(3), "few")
    vectors = embed(ensemble(runs, tmp_path / "both"), few, workers=0)
    each = [embed(run, few, workers=0).table.iloc[:, 1:] for run in runs]
    np.testing.assert_allclose(vectors.table.iloc[:, 1:], np.hstack(each), atol=1e-6)
    assert vectors.names[-1] == f"e{len(vectors.names) - 1:04}"


def test_what_cannot_be_read_stands_in_the_failures(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    few = tiny_cohort.take(np.arange(4), "few")
    broken = Cohort("few", few.images.assign(path=few.images.path.where(few.images.index != 1, "gone.png")))
    told = predict(ensemble(runs, tmp_path / "both"), broken, workers=0)
    assert told.failures.image_id.tolist() == [few.images.image_id[1]]
    assert len(told) == 3


def test_no_image_that_a_member_learned_from_is_a_test_image(
    runs: list[Run], tiny_cohort: Cohort, tmp_path: Path
) -> None:
    """Two folds: what one validates on the other learned from."""
    both = ensemble(runs, tmp_path / "both")
    split = both.split_of(tiny_cohort)
    stood = [run.split_of(tiny_cohort) for run in runs]
    assert both.knew(tiny_cohort)
    assert (split == "train").tolist() == ((stood[0] == "train") | (stood[1] == "train")).tolist()
    assert (split == "val").tolist() == ((stood[0] == "val") & (stood[1] == "val")).tolist()
    with pytest.raises(RunError, match="val, or another site's cohort"):
        calibrate(both, tiny_cohort, split=None, device="cpu")


def test_it_is_calibrated_and_evaluated(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    runs = [make_run("a", seed=1), make_run("b", seed=1, training={"seed": 5})]
    both = ensemble(runs, tmp_path / "both")
    cohort = both.with_split(tiny_cohort)
    calibrate(both, cohort, device="cpu")
    told = predict(Run.open(both.folder), cohort.split("val"), workers=0)
    assert told.provenance["calibration"] == "platt"
    assert told.provenance["operating_points"]
    evaluate(told, cohort, tmp_path / "evaluated", split="val", replicates=10)
    assert "both" in (tmp_path / "evaluated" / "report.html").read_text()


def test_weights_are_chosen_on_validation_images(tiny_run: Run, make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    """One that learned beside one that did not."""
    both = ensemble([make_run("new", seed=0), tiny_run], tmp_path / "both", cohort=tiny_cohort, device="cpu")
    assert both.ensemble.weights[1] > 0.7
    assert sum(both.ensemble.weights) == pytest.approx(1)
    assert both.ensemble.weights_fitted_on["split"] == "val"
    other = Cohort("other", tiny_cohort.images, tiny_cohort.labels)
    with pytest.raises(ConfigError, match="No Run of the ensemble knows an image of 'other'"):
        ensemble([tiny_run, tiny_run], tmp_path / "other", cohort=other, device="cpu")


def keep_checkpoints(run: Run, other: Run) -> None:
    """Two checkpoints: the Run's own weights, and another's of the same model."""
    entries = []
    for step, source in ((10, run), (20, other)):
        name = f"step-{step}.safetensors"
        (run.folder / "checkpoints").mkdir(exist_ok=True)
        shutil.copy(source.folder / "weights.safetensors", run.folder / "checkpoints" / name)
        sha256 = source.provenance["weights"]["sha256"]
        entries.append({"file": name, "sha256": sha256, "step": step, "epoch": 1, "figures": {"auroc": 0.5}})
    (run.folder / "checkpoints" / "index.json").write_text(json.dumps({"checkpoints": entries}))


def test_checkpoints_of_one_run(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    run, other = make_run("a", seed=1), make_run("b", seed=2)
    with pytest.raises(RunError, match="no checkpoints"):
        ensemble([run], tmp_path / "none", checkpoints=True)
    keep_checkpoints(run, other)
    both = ensemble([run], tmp_path / "both", checkpoints=True)
    assert [one.name for one in both.ensemble.members] == ["a, step 10", "a, step 20"]
    each = [predict(one, tiny_cohort, workers=0).probabilities for one in (run, other)]
    np.testing.assert_allclose(predict(both, tiny_cohort, workers=0).probabilities, np.mean(each, axis=0), atol=1e-6)
    assert not list(both.folder.rglob("checkpoints"))
    (run.folder / "checkpoints" / "step-20.safetensors").write_bytes(b"other")
    with pytest.raises(RunError, match="sha256"):
        ensemble([run], tmp_path / "damaged", checkpoints=True)
    assert not (tmp_path / "damaged").exists()


def test_the_mean_of_weights_is_one_network(make_run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    run, other = make_run("a", seed=1), make_run("b", seed=2)
    keep_checkpoints(run, other)
    mean = soup([run], tmp_path / "mean", checkpoints=True)
    assert mean.ensemble is None
    states = [one.model().state_dict() for one in (run, other, mean)]
    for name, tensor in states[2].items():
        if tensor.is_floating_point():
            torch.testing.assert_close(tensor, (states[0][name] + states[1][name]) / 2)
    assert [one["name"] for one in mean.provenance["weights"]["mean_of"]] == ["a, step 10", "a, step 20"]
    assert len(predict(mean, tiny_cohort.take(np.arange(2), "two"), workers=0)) == 2
    with pytest.raises(RunError, match="learned from other images"):
        soup([run, other], tmp_path / "no")
    with pytest.raises(RunError, match="preprocess differ"):
        soup([run, make_run("c", seed=1, preprocess={"size": 48})], tmp_path / "no")


def test_what_is_no_ensemble_is_refused(runs: list[Run], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="an ensemble of one Run"):
        ensemble(runs[:1], tmp_path / "one")
    with pytest.raises(ConfigError, match="no variant 'zom'"):
        ensemble(runs[:1], tmp_path / "one", variants=[{"name": "zom"}])
    both = ensemble(runs, tmp_path / "both")
    with pytest.raises(RunError, match=r"not empty"):
        ensemble(runs, tmp_path / "both")
    with pytest.raises(RunError, match=r"an ensemble\. Expected the Runs"):
        ensemble([both, runs[0]], tmp_path / "nested")
    with pytest.raises(RunError, match="no network of its own"):
        both.model()


def test_a_damaged_one_names_the_file(runs: list[Run], tmp_path: Path) -> None:
    both = ensemble(runs, tmp_path / "both")
    text = (both.folder / "ensemble.json").read_text()
    (both.folder / "ensemble.json").write_text(text.replace("0.5", "0.6"))
    with pytest.raises(RunError, match=r"ensemble\.json: its sha256"):
        Run.open(both.folder)
    (both.folder / "ensemble.json").write_text(text)
    shutil.copy(runs[1].folder / "weights.safetensors", both.folder / "members/01-small")
    with pytest.raises(RunError, match="01-small"):
        Predictor.open(Run.open(both.folder))


@pytest.mark.parametrize("folder", ["../small", "/small", "members/../../small"])
def test_a_member_outside_the_folder_is_refused(runs: list[Run], tmp_path: Path, folder: str) -> None:
    from hilum.runs.ensemble import read_ensemble

    both = ensemble(runs, tmp_path / "both")
    path = both.folder / "ensemble.json"
    path.write_text(path.read_text().replace("members/01-small", folder))
    with pytest.raises(RunError, match="inside the ensemble's"):
        read_ensemble(both.folder)


def test_a_source_of_another_predictor_is_refused(runs: list[Run], tiny_cohort: Cohort, tmp_path: Path) -> None:
    source = Predictor.open(runs[0]).memory([read_image(tiny_cohort.images.path[0])])
    with pytest.raises(ConfigError, match="a source that this Predictor made"):
        Predictor.open(ensemble(runs, tmp_path / "both")).predict(source)
