"""The same rate."""

from hilum.registry import register


@register
def constant(done: float) -> float:  # noqa: ARG001
    """Stays as high as it has risen.

    >>> constant(0.9)
    1.0
    """
    return 1.0
