"""Layers given back to floating point: as many as it takes, and no more than there are."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("nncf")

from hilum.inference import Predictor, exporting
from hilum.inference.quantizing import quantized
from hilum.inference.restoring import layers_in_int8, restored
from hilum.runs import Run
from hilum.schema import Cohort, LabelPredictions, as_labels


def test_layers_are_given_back_until_the_burden_is_borne(tiny_run: Run, tiny_cohort: Cohort, tmp_path: Path) -> None:
    """The burden is how far probabilities lie from those in floating point, with little of it allowed."""
    known = tiny_run.with_split(tiny_cohort)
    train, val = known.split("train"), known.split("val")
    plain = Predictor.open(tiny_run, device="cpu")
    usual = as_labels(plain.predict(val, calibrated=False, workers=0))

    def off(told: LabelPredictions) -> float:
        return float(np.abs(told.probabilities - usual.probabilities).max())

    def whole(name: str) -> Path:
        (tmp_path / name).mkdir()
        return exporting.written(tiny_run, "openvino", tmp_path / name)

    def says(path: Path) -> LabelPredictions:
        opened = Predictor(tiny_run, exporting.opened("openvino", path, "int8"))
        return as_labels(opened.predict(val, calibrated=False, workers=0))

    source = plain.source(train, workers=0)
    quantized(tiny_run, all_of_it := whole("plain"), source)
    lost = off(says(all_of_it))
    assert lost > 0
    allowed = lost / 2
    restored(tiny_run, some := whole("some"), source, plain.source(val, workers=0), lambda told: off(told) / allowed)
    assert off(says(some)) <= allowed
    assert layers_in_int8(some) < layers_in_int8(all_of_it)
