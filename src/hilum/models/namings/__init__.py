"""Namings: how others name the tensors of a network that timm has too. Each file is one, recognized by its names.

A naming's function takes the named tensors of a file and gives them under timm's names, or None where they are named
otherwise. Tensors that the network does not have (heads, queues, optimizers) keep their names, and are left out later.
"""

from collections.abc import Mapping

from torch import Tensor

from hilum.registry import Registry

namings = Registry("hilum.models.namings", "naming")


def timm_named(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], str]:
    """The tensors under timm's names, and the naming that they had; as they are, and "", where none is recognized."""
    for name, naming in namings.items():
        renamed = naming(tensors)
        if renamed is not None:
            return renamed, name
    return dict(tensors), ""


__all__ = ["namings", "timm_named"]
