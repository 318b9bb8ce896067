"""The largest probability: one image decides."""

import pandas as pd

from hilum.registry import register


@register
def max(images: pd.DataFrame, unit: "pd.Series[str]") -> pd.DataFrame:
    """The largest probability among the images of a study: one view that shows the finding is enough.

    Args:
        images: (N, K) probabilities; nan says nothing and is passed over.
        unit: (N,) which study or patient each is of.

    Source: as CheXpert's baseline scores studies, Irvin et al. 2019, AAAI.
    """
    return images.groupby(unit.to_numpy(), sort=False).max()
