"""No pooling: the maps as they are, for heads that pool by themselves."""

from torch import nn

from hilum.registry import register


@register
def none() -> nn.Identity:
    """The maps as they are: for the heads that read maps (`csra`, `pcam`), and for them alone."""
    return nn.Identity()
