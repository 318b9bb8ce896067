"""Backend: named inputs to named raw outputs, whatever computes them."""

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray


class Backend(Protocol):
    """What a Predictor asks of the thing that computes.

    `inputs` are the names that it takes; `facts` says what it computes on.
    """

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the arrays that it takes."""
        ...

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Raw outputs, float32, one row an image."""
        ...

    def facts(self) -> dict[str, str]:
        """Device, name, precision: what stands in provenance."""
        ...
