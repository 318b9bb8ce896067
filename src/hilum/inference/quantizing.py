"""int8: an exported network in whole numbers, which processors with VNNI compute several times faster."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hilum.data import Source
from hilum.data.batch import prepared
from hilum.device import CPU
from hilum.inference import engines
from hilum.runs import Run
from hilum.schema import ConfigError, DataError

IMAGES = 300  # by which the ranges of the network's values are known; more change nothing


def quantized(run: Run, path: Path, images: Source) -> None:
    """Turn OpenVINO's files of a network into int8, in place.

    The ranges of the values that flow through the network are those of these images, evenly drawn from the source.
    What the bias loses by rounding is put back.

    Args:
        run: whose network it is.
        path: the .xml, with its .bin beside it.
        images: training images; up to 300 of them are looked at.

    Raises:
        ConfigError: when the network looks at anything but one image.
        DataError: when not one image can be read.

    Source: Jacob et al. 2018, arXiv:1712.05877; by NNCF's post-training quantization.
    """
    nncf, ov = engines.nncf(), engines.openvino()
    model = ov.Core().read_model(path)
    names = [port.any_name for port in model.inputs]
    if names != ["image"]:
        raise ConfigError(
            f"{run.folder}: its network takes {', '.join(names)}, and int8 is for networks that look at an image "
            "alone. Export it without --int8."
        )
    given = taken(run, images)
    nncf.set_log_level(logging.ERROR)
    whole = nncf.quantize(model, nncf.Dataset(given), preset=nncf.QuantizationPreset.MIXED, subset_size=len(given))
    del model  # it holds the file that is written now
    replaced(whole, path)


def replaced(whole: Any, path: Path) -> None:
    """Write a network over the files that it was made of."""
    ov = engines.openvino()
    written = path.with_name(f"int8{path.suffix}")
    ov.save_model(whole, written, compress_to_fp16=False)
    for suffix in (path.suffix, ".bin"):
        written.with_suffix(suffix).replace(path.with_suffix(suffix))


def taken(run: Run, images: Source) -> list[dict[str, NDArray[Any]]]:
    """What the network takes of some images, by which its ranges are fitted.

    Raises:
        DataError: when not one image can be read.
    """
    given = [
        {"image": prepared(batch, ("image",), run.preprocess, CPU).inputs["image"].numpy()}
        for batch in images.batches(drawn(images, IMAGES))
        if len(batch)
    ]
    if not given:
        raise DataError(f"{run.folder}: none of its training images can be read, by which int8 is fitted.")
    return given


def drawn(images: Source, most: int) -> list[NDArray[np.intp]]:
    """At most so many rows of a source, evenly drawn, each a batch of its own."""
    rows = np.unique(np.linspace(0, len(images) - 1, min(most, len(images))).round().astype(np.intp))
    return [rows[start : start + 1] for start in range(len(rows))]
