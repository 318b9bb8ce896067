"""Made-up readers of made-up images: from a table to numbers and a page."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, recall_score

from hilum.evaluation.agreement import ALL
from hilum.evaluation.metrics.fleiss_kappa import fleiss_kappa
from hilum.evaluation.reader_study import reader_study
from hilum.evaluation.readings import Readings, read_readings
from hilum.reports.readers import readers_page
from hilum.schema import Cohort, ConfigError, DataError, LabelPredictions

Study = Callable[..., tuple[LabelPredictions, Cohort]]


def readings_of(
    predictions: LabelPredictions, *, modalities: tuple[str, ...] = (), confidence: bool = False
) -> pd.DataFrame:
    """Four readers who see what the model sees, each with noise and a taste of their own; the second modality helps."""
    generator, parts = np.random.default_rng(5), []
    seen = predictions.probabilities
    for place, modality in enumerate(modalities or ("",)):
        for reader in range(4):
            noisy = np.clip(seen + generator.normal(0, 0.25 - 0.1 * place, seen.shape), 0, 1).round(2)
            table = pd.DataFrame(
                noisy if confidence else noisy > 0.4 + 0.05 * reader, columns=list(predictions.findings)
            )
            table = table if confidence else table.replace({True: "YES", False: "NO"})
            table.insert(0, "Image ID", predictions.table.image_id + ".png")
            table.insert(1, "Reader ID", f"r{reader}")
            if modalities:
                table.insert(2, "modality", modality)
            parts.append(table)
    return pd.concat(parts).assign(Comment="none")


def read(table: pd.DataFrame, cohort: Cohort, folder: Path) -> Readings:
    table.to_csv(folder / "readings.csv", index=False)
    return read_readings(folder / "readings.csv", cohort.findings)


def test_readers_beside_a_model(study: Study, tmp_path: Path) -> None:
    predictions, cohort = study()
    table = readings_of(predictions)
    found = reader_study(read(table, cohort, tmp_path), cohort, {"model": predictions}, margin=0.1, replicates=100)
    truth = cohort.labels.Effusion
    one = (table[table["Reader ID"] == "r1"].Effusion == "YES").to_numpy()
    rows = found.comparison.table.set_index(["metric", "finding", "model"])
    assert rows.value["recall", "Effusion", "r1"] == pytest.approx(recall_score(truth, one))
    assert rows.low["recall", "Effusion", "r1"] < rows.value["recall", "Effusion", "r1"]
    other = (table[table["Reader ID"] == "r2"].Effusion == "YES").to_numpy()
    pairs = found.agreement.set_index(["finding", "first", "second"])
    row = pairs.loc["Effusion", "r1", "r2"]
    assert row.value == pytest.approx(cohen_kappa_score(one, other))
    assert row.agreed == pytest.approx((one == other).mean())
    assert row.low < row.value < row.high
    ratings = np.stack([(rows.Effusion == "YES").to_numpy(float) for _, rows in table.groupby("Reader ID")], axis=1)
    assert pairs.loc["Effusion", ALL, ""].value == pytest.approx(fleiss_kappa(ratings))
    assert len(found.comparison.readers) == 4 * 3 * 2
    average = found.average.set_index(["finding", "metric"]).loc["Effusion", "recall"]
    mean = np.mean([rows.value["recall", "Effusion", f"r{place}"] for place in range(4)])
    assert average.readers_value == pytest.approx(mean)
    assert average.difference == pytest.approx(rows.value["recall", "Effusion", "model"] - mean)
    assert average.low < average.difference < average.high
    assert average.verdict in ("superior", "equivalent", "non-inferior", "inconclusive", "inferior")
    assert not len(found.modalities)
    assert any("left out: Comment" in note for note in found.provenance["notes"])
    page = readers_page(found)
    for words in (
        "Readers in the ROC plot",
        "Beside the average reader",
        "Agreement of the readers",
        "equivalence was 0.1",
    ):
        assert words in page
    assert page.count("<svg") == 1


def test_modalities_of_confidences(study: Study, tmp_path: Path) -> None:
    predictions, cohort = study()
    table = readings_of(predictions, modalities=("alone", "helped"), confidence=True)
    found = reader_study(read(table, cohort, tmp_path), cohort, replicates=50)
    rows = found.modalities[found.modalities.finding == "Effusion"].set_index("method")
    assert set(rows.metric) == {"auroc"}
    one, other = (rows.loc[name] for name in ("Obuchowski-Rockette", "Dorfman-Berbaum-Metz"))
    assert one.p == pytest.approx(other.p)
    assert one.difference < 0
    assert one.p < 0.05
    assert not len(found.average)
    assert found.provenance["modalities"] == ["alone", "helped"]
    page = readers_page(found)
    assert "alone less helped" in page
    assert "Beside the average reader" not in page


def test_one_reader_or_holes_average_nothing(study: Study, tmp_path: Path) -> None:
    predictions, cohort = study()
    whole = read(readings_of(predictions), cohort, tmp_path)
    found = reader_study(whole.only(["r1"]), cohort, {"model": predictions}, replicates=20)
    assert not len(found.average)
    assert any("One reader" in note for note in found.provenance["notes"])
    with pytest.raises(DataError, match="no reader r9"):
        whole.only(["r9"])
    with pytest.raises(ConfigError, match="both called r1"):
        reader_study(whole, cohort, {"r1": predictions})
    table = readings_of(predictions, modalities=("alone", "helped"))
    holes = read(table[~((table["Reader ID"] == "r0") & (table.modality == "helped"))], cohort, tmp_path)
    assert any("Not every reader" in note for note in reader_study(holes, cohort, replicates=20).provenance["notes"])


def test_tables_that_say_something_else_are_refused(study: Study, tmp_path: Path) -> None:
    predictions, cohort = study()
    table = readings_of(predictions)
    with pytest.raises(DataError, match="Effusion holds maybe"):
        read(table.assign(Effusion="maybe"), cohort, tmp_path)
    with pytest.raises(DataError, match="reads image0000 twice"):
        read(pd.concat([table, table[:1]]), cohort, tmp_path)
    with pytest.raises(DataError, match="no column reader or"):
        read(table.drop(columns="Reader ID"), cohort, tmp_path)
    with pytest.raises(DataError, match="no column is a finding"):
        read(table[["Image ID", "Reader ID", "Comment"]], cohort, tmp_path)
