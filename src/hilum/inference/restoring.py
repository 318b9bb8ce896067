"""Accuracy control: an int8 network that loses too much gets back, in floating point, the layers that hurt most."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.data import Source
from hilum.data.batch import prepared
from hilum.device import CPU
from hilum.inference import engines
from hilum.inference.quantizing import drawn, replaced, taken
from hilum.runs import Run
from hilum.schema import LabelPredictions, as_labels

MOST_IMAGES = 500  # validation images by which layers are ranked and given back; all of them judge what comes out
RANKED_BY = 100  # of these, on which the effect of each layer is measured
MOST_LAYERS = 30  # that are given back before it is given up

Burden = Callable[[LabelPredictions], float]


def restored(run: Run, path: Path, images: Source, validation: Source, burden: Burden) -> None:
    """Turn OpenVINO's files of a network into int8 but for the layers without which too much is lost, in place.

    Each quantized layer is put back into floating point alone, those with the largest effect then one after the other
    until the burden is no more than 1.

    Args:
        run: whose network it is.
        path: the .xml, with its .bin beside it, in fp32.
        images: training images, as for `quantizing.quantized`.
        validation: images that say how much is lost; up to 500 of them are kept in memory.
        burden: how much is lost by what the network says of validation images, as a multiple of what may be.

    Source: NNCF's quantization with accuracy control.
    """
    nncf, ov = engines.nncf(), engines.openvino()
    model = ov.Core().read_model(path)
    nncf.set_log_level(logging.ERROR)
    given = taken(run, images)
    ids, inputs = _validation(run, validation)

    def judge(network: Any, some: Iterable[NDArray[Any]]) -> tuple[float, list[list[NDArray[Any]]]]:
        """The burden, negated since NNCF keeps what is large, and what is said of each image, by which it ranks.

        Of a few images alone, as for ranking, the burden means nothing and is not looked at.
        """
        raw = [{port.any_name: value for port, value in network({"image": image}).items()} for image in some]
        logits = [[each[name] for name in run.task.outputs()] for each in raw]
        if len(raw) < len(ids):
            return 0.0, logits
        joined = {name: np.concatenate([each[name] for each in raw]) for name in raw[0]}
        told = run.task.predictions(ids, run.task.decode(joined, ()), provenance={})
        return -burden(as_labels(told)), logits

    whole = nncf.quantize_with_accuracy_control(
        model,
        nncf.Dataset(given),
        nncf.Dataset(inputs),
        judge,
        max_drop=1.0,
        drop_type=nncf.DropType.ABSOLUTE,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(given),
        advanced_accuracy_restorer_parameters=nncf.AdvancedAccuracyRestorerParameters(
            max_num_iterations=MOST_LAYERS, ranking_subset_size=min(RANKED_BY, len(inputs))
        ),
    )
    del model  # it holds the file that is written now
    replaced(whole, path)


def layers_in_int8(path: Path) -> int:
    """How many places of a network are rounded to whole numbers."""
    return path.read_text(encoding="utf-8").count('type="FakeQuantize"')


def _validation(run: Run, images: Source) -> tuple[list[str], list[NDArray[Any]]]:
    """Ids and inputs of validation images, one at a time."""
    ids, inputs = [], []
    for batch in images.batches(drawn(images, MOST_IMAGES)):
        if len(batch):
            ids.append(batch.image_ids[0])
            inputs.append(prepared(batch, ("image",), run.preprocess, CPU).inputs["image"].numpy())
    return ids, inputs
