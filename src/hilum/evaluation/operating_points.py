"""Operating points: the rules by which it is chosen from which probability on a finding is called."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hilum.registry import Registry, register
from hilum.schema import ConfigError

operating_points = Registry("hilum.evaluation.operating_points", "operating point")


@dataclass(frozen=True)
class _Choices:
    """What each possible threshold would give: every distinct score, lowest first."""

    threshold: NDArray[np.float64]
    true: NDArray[np.float64]  # images with the finding that are called
    false: NDArray[np.float64]  # images without it that are called
    present: int
    absent: int

    @classmethod
    def of(cls, present: ArrayLike, score: ArrayLike) -> "_Choices":
        positive, scores = np.asarray(present) == 1, np.asarray(score, dtype=np.float64)
        threshold, place = np.unique(scores, return_inverse=True)
        true, false = (np.bincount(place[rows], minlength=len(threshold)) for rows in (positive, ~positive))
        true_called, false_called = (np.cumsum(counts[::-1])[::-1].astype(np.float64) for counts in (true, false))
        return cls(threshold, true_called, false_called, int(positive.sum()), int((~positive).sum()))

    def best(self, worth: NDArray[np.float64]) -> float:
        """The threshold worth most; of equals the highest, which calls the fewest images."""
        return float(self.threshold[np.flatnonzero(worth == worth.max())[-1]])


@register
def youden(present: ArrayLike, score: ArrayLike) -> float:
    """Sensitivity + specificity as large as can be: the point of the ROC curve farthest from chance.

    It weighs a miss and a false alarm by the rarity of their class, so a rare finding is called often.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.

    Returns:
        The threshold; an image is called when its score reaches it.

    Source: Youden 1950, Cancer 3:32-35.

    >>> youden([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.8
    """
    n = _Choices.of(present, score)
    return n.best(n.true / n.present - n.false / n.absent)


@register
def best_f1(present: ArrayLike, score: ArrayLike) -> float:
    """F1 as large as can be.

    Arguments as in `youden`.

    >>> best_f1([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.35
    """
    n = _Choices.of(present, score)
    return n.best(2 * n.true / (n.true + n.false + n.present))


@register
def fixed_sensitivity(present: ArrayLike, score: ArrayLike, *, sensitivity: float = 0.9) -> float:
    """The highest threshold that still finds this share of the images with the finding.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        sensitivity: at least, in (0, 1].

    >>> fixed_sensitivity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], sensitivity=0.5)
    0.8
    """
    n = _Choices.of(present, score)
    return float(n.threshold[n.true / n.present >= _share("sensitivity", sensitivity)].max())


@register
def fixed_specificity(present: ArrayLike, score: ArrayLike, *, specificity: float = 0.9) -> float:
    """The lowest threshold that leaves this share of the images without the finding uncalled.

    Where even the highest score calls too many, no image is called.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        specificity: at least, in (0, 1].

    >>> fixed_specificity([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], specificity=0.5)
    0.35
    """
    n = _Choices.of(present, score)
    enough = n.threshold[(n.absent - n.false) / n.absent >= _share("specificity", specificity)]
    return float(enough.min()) if len(enough) else float(np.nextafter(n.threshold[-1], np.inf))


@register
def fixed_ppv(present: ArrayLike, score: ArrayLike, *, ppv: float = 0.5) -> float:
    """The lowest threshold from which this share of the called images has the finding.

    Where no threshold reaches it, the one that comes nearest; the point's own `ppv` then says so.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        ppv: positive predictive value at least, in (0, 1].

    >>> fixed_ppv([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], ppv=0.6)
    0.35
    """
    n = _Choices.of(present, score)
    reached = n.true / (n.true + n.false)
    enough = n.threshold[reached >= _share("ppv", ppv)]
    return float(enough.min()) if len(enough) else n.best(reached)


@register
def cost(present: ArrayLike, score: ArrayLike, *, miss: float = 10.0, false_alarm: float = 1.0) -> float:
    """Misses and false alarms as cheap as can be.

    Args:
        present: (N,) 0 or 1.
        score: (N,) probabilities.
        miss: what one missed image costs.
        false_alarm: what one image called wrongly costs.

    >>> cost([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], miss=2)
    0.35
    """
    if miss < 0 or false_alarm < 0:
        raise ConfigError(f"Costs of {miss} a miss and {false_alarm} a false alarm. Expected none below 0.")
    n = _Choices.of(present, score)
    nobody = np.nextafter(n.threshold[-1], np.inf)
    spent = np.append(miss * (n.present - n.true) + false_alarm * n.false, miss * n.present)
    return float(np.append(n.threshold, nobody)[np.flatnonzero(spent == spent.min())[-1]])


def _share(name: str, value: float) -> float:
    if not 0 < value <= 1:
        raise ConfigError(f"A {name} of {value} was asked for. Expected a number above 0 and at most 1.")
    return value
