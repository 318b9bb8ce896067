"""Networks that timm builds but has no name for: timm's name of one like it, and what differs."""

from collections.abc import Mapping
from typing import Any

EVA_X: dict[str, Any] = {"patch_size": 16, "ref_feat_shape": (14, 14)}  # timm's own EVA-02 cut patches of 14
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    f"eva_x_{size}_patch16_224": (f"eva02_{size}_patch14_224", EVA_X) for size in ("tiny", "small", "base")
}


def of_timm(name: str) -> tuple[str, dict[str, Any]]:
    """The name of a network in timm, and further keywords for it."""
    return VARIANTS.get(name, (name, {}))


def named_by(architecture: str, keywords: Mapping[str, Any]) -> str | None:
    """The name of timm's network with these keywords; None where it has none here.

    >>> named_by("eva02_tiny_patch14_224", {"patch_size": 16, "ref_feat_shape": [14, 14]})
    'eva_x_tiny_patch16_224'
    """
    wanted = {key: tuple(value) if isinstance(value, list) else value for key, value in keywords.items()}
    names = (name for name, held in VARIANTS.items() if held == (architecture, wanted))
    return architecture if not wanted else next(names, None)
