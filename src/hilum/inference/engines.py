"""Other engines than PyTorch, each loaded when it is needed, with the install command where it is missing."""

import sys
from importlib.util import find_spec
from typing import Any

from hilum.schema import DependencyError


def openvino() -> Any:
    """OpenVINO, which computes on Intel's and AMD's processors.

    Raises:
        DependencyError: when it is not installed.
    """
    _tell_nobody()
    try:
        import openvino
    except ImportError as error:
        raise _missing("OpenVINO", "openvino") from error
    return openvino


def nncf() -> Any:
    """NNCF, which turns OpenVINO's networks into int8.

    Raises:
        DependencyError: when it is not installed.
    """
    _tell_nobody()
    try:
        import nncf
    except ImportError as error:
        raise _missing("int8", "openvino") from error
    return nncf


def onnxruntime() -> Any:
    """ONNX Runtime, which computes ONNX files.

    Raises:
        DependencyError: when it is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise _missing("ONNX", "onnx") from error
    return onnxruntime


def onnxscript() -> Any:
    """ONNX Script, with which PyTorch writes ONNX files.

    Raises:
        DependencyError: when it is not installed.
    """
    try:
        import onnxscript
    except ImportError as error:
        raise _missing("Writing ONNX", "onnx") from error
    return onnxscript


def installed(backend: str) -> bool:
    """Whether the engine of a backend can be loaded."""
    return find_spec({"openvino": "openvino", "onnx": "onnxruntime"}[backend]) is not None


def _tell_nobody() -> None:
    """OpenVINO and NNCF report each use over the network through this package; both do without where it is missing."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _missing(what: str, extra: str) -> DependencyError:
    return DependencyError(f"{what} needs packages that are not installed: pip install 'hilum[{extra}]'.")
