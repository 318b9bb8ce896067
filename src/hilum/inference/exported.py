"""What a Run keeps of its network as another engine reads it, and whether it is still the Run's network.

    exported_openvino.json   which files, of which weights, how far they differ from PyTorch's; for int8 the figures by
                             which it was accepted, and its own calibration and operating points
    exported_openvino.xml    the network; beside it exported_openvino.bin, the weights

Likewise exported_onnx.json and exported_onnx.onnx. One file of each kind a Run: a further export takes the place of the
one before.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hilum.runs import Run
from hilum.runs.run import EXPORTED, sha256
from hilum.schema import RunError

ENDINGS = {"openvino": ".xml", "onnx": ".onnx"}
FITS = ("calibration", "operating_points")  # artifacts that were fitted to what a network says


class Exported(BaseModel):
    """An exported network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str = Field(description="what reads it")
    precision: Literal["fp32", "int8"] = Field(description="the numbers in which it computes")
    files: dict[str, str] = Field(description="sha256 by name, of files in the Run's folder")
    weights_sha256: str = Field(description="of the weights that it was made of")
    largest_difference: float = Field(description="of a probability, from PyTorch's")
    compared_on: str = Field(description="the images on which that was measured")
    versions: dict[str, str] = Field(description="of the packages that wrote it")
    accuracy: dict[str, Any] | None = Field(default=None, description="of int8: AUROC before and after")
    fits: dict[str, Any] = Field(default={}, description="of int8: its own calibration and operating points")
    fitted_beside: dict[str, str] = Field(default={}, description="sha256 of the Run's own fits at that time")


def artifact(backend: str) -> str:
    """The name of the artifact that describes an export.

    >>> artifact("openvino")
    'exported_openvino'
    """
    return f"{EXPORTED}{backend}"


def exported_of(run: Run, backend: str) -> Exported | None:
    """The Run's export for a backend, None where there is none.

    Raises:
        RunError: when its description is damaged.
    """
    found: Exported | None = run.artifact(artifact(backend), Exported.model_validate)
    return found


def exported_file(run: Run, backend: str) -> tuple[Path, Exported]:
    """The network's file, when it is whole and the Run's own.

    Raises:
        RunError: when there is none, it is damaged, or it was made of other weights than the Run has.
    """
    again = f"Make it with `hilum export {run.folder} --to {backend}`, or read with `--backend torch`."
    exported = exported_of(run, backend)
    if exported is None:
        raise RunError(f"{run.folder}: not exported for {backend}. {again}")
    main = run.folder / f"{artifact(backend)}{ENDINGS[backend]}"
    if exported.weights_sha256 != run.provenance["weights"]["sha256"]:
        raise RunError(f"{main}: made of other weights than the Run's. {again}")
    for name, digest in exported.files.items():
        if Path(name).name != name or not (run.folder / name).is_file() or sha256(run.folder / name) != digest:
            raise RunError(
                f"{run.folder / name}: missing, or another file than {artifact(backend)}.json names. {again}"
            )
    if main.name not in exported.files:
        raise RunError(f"{artifact(backend)}.json names no {main.name}. {again}")
    if exported.precision == "int8" and exported.fitted_beside != fits_beside(run):
        raise RunError(
            f"{main}: its calibration and operating points were fitted before those that the Run has now. {again}"
        )
    return main, exported


def fits_beside(run: Run) -> dict[str, str]:
    """The sha256 of the Run's own calibration and operating points, as far as it has them."""
    paths = {name: run.folder / f"{name}.json" for name in FITS}
    return {name: sha256(path) for name, path in paths.items() if path.is_file()}
