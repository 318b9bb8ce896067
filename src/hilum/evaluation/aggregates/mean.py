"""The mean probability: all images have a say."""

import pandas as pd

from hilum.registry import register


@register
def mean(images: pd.DataFrame, unit: "pd.Series[str]") -> pd.DataFrame:
    """The mean probability over the images of a study: all views have a say.

    Args:
        images: (N, K) probabilities; nan says nothing and is passed over.
        unit: (N,) which study or patient each is of.
    """
    return images.groupby(unit.to_numpy(), sort=False).mean()
