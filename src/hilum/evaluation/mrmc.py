"""Multi-reader multi-case: do modalities differ for readers and patients other than these?

Every reader read every image under every modality (a fully crossed study). Readers and patients are both random: the
answer is meant for other readers and other patients. Obuchowski and Rockette's analysis of variance looks at each
reader's figure (an AUROC, a sensitivity) and at how figures move together over patients; Dorfman, Berbaum and Metz's
looks at pseudovalues of single patients. Both as Hillis put them right; with jackknifed covariances they are one.

Source: Obuchowski & Rockette 1995, Communications in Statistics B 24:285-308; Dorfman, Berbaum & Metz 1992,
Investigative Radiology 27:723-731; Hillis 2007, Statistics in Medicine 26:596-619; Hillis 2014, Statistics in Medicine
33:330-360.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f as f_distribution
from scipy.stats import t as t_distribution

from hilum.evaluation.metrics.sums import Values, Weights
from hilum.schema import DataError

COLUMNS = 500  # patients left out at a time
Metric = Callable[..., Any]


# I modalities, J readers, K patients
@dataclass(frozen=True)
class Components:
    """How the figures of one study vary over patients, whoever reads.

    Args:
        variance: of one figure.
        cov1: of two modalities' figures with one reader.
        cov2: of two readers' figures in one modality.
        cov3: of figures that share neither.
    """

    variance: float
    cov1: float
    cov2: float
    cov3: float

    @classmethod
    def of(cls, covariance: Values) -> "Components":
        """Means over an (I, J, I, J) covariance; nan for a kind of pair that the study does not hold."""
        modality, reader, other, second = np.indices(covariance.shape)
        same, alike = modality == other, reader == second
        kinds = [same & alike, ~same & alike, same & ~alike, ~same & ~alike]
        return cls(*(float(covariance[kind].mean()) if kind.any() else float("nan") for kind in kinds))


@dataclass(frozen=True)
class Average:
    """A figure averaged over readers, or a difference of two such, meant for other readers and patients.

    Args:
        value: the average.
        standard_error: of it.
        degrees: of freedom, as Hillis counts them.
    """

    value: float
    standard_error: float
    degrees: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Low and high end."""
        reach = float(t_distribution.ppf((1 + level) / 2, self.degrees)) * self.standard_error
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Two-sided p of a true value of 0."""
        return 2 * self.beyond(abs(self.value))

    def beyond(self, distance: float) -> float:
        """One-sided p of lying as far as `distance` from a true value of 0."""
        if self.standard_error == 0:
            return 0.5 if distance == 0 else float(distance < 0)
        return float(t_distribution.sf(distance / self.standard_error, self.degrees))


@dataclass(frozen=True)
class Analysis:
    """Do the modalities differ at all?

    Args:
        f: the F statistic.
        degrees: of freedom of its numerator and its denominator.
        p: of no difference between any two modalities.
        averages: of each modality over the readers; empty where the method gives none.
        differences: of each pair of modalities, the first less the second, by their places.
    """

    f: float
    degrees: tuple[float, float]
    p: float
    averages: tuple[Average, ...]
    differences: dict[tuple[int, int], Average]


def jackknifed(metric: Metric, present: ArrayLike, scores: Values, patient: ArrayLike) -> tuple[Values, Values]:
    """Each figure, and each figure with one patient left out.

    Args:
        metric: of the registry, or a function of its form.
        present: (N,) 0 or 1.
        scores: (I, J, N) what each reader said of each image under each modality.
        patient: (N,) whose image it is.

    Returns:
        (I, J) figures and (I, J, K) with each of the patients left out.

    Raises:
        DataError: where a figure is not defined without one of the patients, as the only one of a class.
    """
    names, whose = np.unique(np.asarray(patient), return_inverse=True)
    count, shape = len(names), scores.shape[:2]
    values, left_out = np.empty(shape), np.empty((*shape, count))
    for place in np.ndindex(*shape):
        values[place] = metric(present, scores[place])
        for start in range(0, count, COLUMNS):
            which = np.arange(start, min(start + COLUMNS, count))
            table = np.ones((count, len(which)))
            table[which, which - start] = 0
            left_out[(*place, slice(start, start + len(which)))] = metric(present, scores[place], Weights(table, whose))
    if np.isnan(left_out).any():
        raise DataError(
            "A figure is not defined with one patient left out, as only one patient is of a class (or none is called). "
            "Expected two or more patients with and without the finding."
        )
    return values, left_out


def covariance(left_out: Values) -> Values:
    """(I, J, I, J) jackknife covariance of the figures over patients, from (I, J, K) with each left out."""
    count = left_out.shape[-1]
    apart = left_out - left_out.mean(axis=-1, keepdims=True)
    return np.asarray(np.einsum("ijk,lmk->ijlm", apart, apart) * (count - 1) / count)


def obuchowski_rockette(values: Values, components: Components, within: Values) -> Analysis:
    """The analysis from the figures and how they vary over patients.

    Args:
        values: (I, J) figures, two or more modalities and readers.
        components: over the whole study.
        within: (I,) covariance of two readers' figures in each modality alone.

    >>> figures = np.array([[0.92, 0.86, 0.90], [0.95, 0.91, 0.92]])
    >>> found = obuchowski_rockette(figures, Components(8e-4, 3.5e-4, 3.4e-4, 2.4e-4), np.array([3e-4, 3e-4]))
    >>> round(found.f, 2), round(found.p, 3)
    (4.0, 0.056)
    """
    modalities, readers = _crossed(values)
    between, residual = _mean_squares(values)
    noise = residual + readers * max(components.cov2 - components.cov3, 0.0)
    degrees = _satterthwaite(noise, residual, (modalities - 1) * (readers - 1))
    return Analysis(
        *_test(between, noise, modalities - 1, degrees),
        averages=tuple(average(row, float(cov)) for row, cov in zip(values, within, strict=True)),
        differences=_pairs(values, np.sqrt(2 * noise / readers), degrees),
    )


def dorfman_berbaum_metz(values: Values, left_out: Values) -> Analysis:
    """The analysis from pseudovalues, with Hillis' degrees of freedom; it gives no averages of one modality.

    Args:
        values: (I, J) figures.
        left_out: (I, J, K) figures with each patient left out.
    """
    modalities, readers = _crossed(values)
    count = left_out.shape[-1]
    pseudo = count * values[..., None] - (count - 1) * left_out
    pseudo += (values - pseudo.mean(axis=-1))[..., None]  # so that their mean is the figure itself
    between, residual = (count * square for square in _mean_squares(values))
    by_patient = pseudo.mean(axis=1)  # (I, K)
    patient = _interaction(by_patient) * readers / ((modalities - 1) * (count - 1))
    deviation = (
        pseudo
        - pseudo.mean(axis=0, keepdims=True)
        - pseudo.mean(axis=1, keepdims=True)
        - pseudo.mean(axis=2, keepdims=True)
        + pseudo.mean(axis=(0, 1), keepdims=True)
        + pseudo.mean(axis=(0, 2), keepdims=True)
        + pseudo.mean(axis=(1, 2), keepdims=True)
        - pseudo.mean()
    )
    three_way = float((deviation**2).sum()) / ((modalities - 1) * (readers - 1) * (count - 1))
    noise = residual + max(patient - three_way, 0.0)
    degrees = _satterthwaite(noise, residual, (modalities - 1) * (readers - 1))
    return Analysis(
        *_test(between, noise, modalities - 1, degrees),
        averages=(),
        differences=_pairs(values, np.sqrt(2 * noise / (readers * count)), degrees),
    )


def average(figures: Values, within: float) -> Average:
    """The mean of one modality's figures over its readers, or of differences between a model and each of its readers.

    Args:
        figures: (J,) one a reader, two or more.
        within: covariance of two readers' figures over patients.
    """
    readers = len(figures)
    if readers < 2:
        raise DataError(f"{readers} readers. Expected two or more: how readers differ cannot be seen in one.")
    square = float(figures.var(ddof=1))
    noise = square + readers * max(within, 0.0)
    return Average(float(figures.mean()), float(np.sqrt(noise / readers)), _satterthwaite(noise, square, readers - 1))


def against_readers(model: float, model_left_out: Values, values: Values, left_out: Values) -> Average:
    """A model's figure less the readers' average, the model fixed, readers and patients random.

    Args:
        model: its figure on the same images.
        model_left_out: (K,) with each patient left out.
        values: (J,) the readers' figures.
        left_out: (J, K) with each patient left out.

    Source: Hillis, Obuchowski & Berbaum 2011, Academic Radiology 18:129-142 (one modality against a fixed value);
    Chakraborty & Phillips, "StSignificanceTestingCadVsRad" (a model's figure on the same patients).
    """
    moves = covariance((model_left_out - left_out)[None])
    return average(model - values, Components.of(moves).cov2)


def within_modalities(moves: Values) -> Values:
    """(I,) covariance of two readers' figures in each modality, from an (I, J, I, J) covariance."""
    return np.array([Components.of(moves[i : i + 1, :, i : i + 1]).cov2 for i in range(len(moves))])


def _crossed(values: Values) -> tuple[int, int]:
    modalities, readers = values.shape
    if min(modalities, readers) < 2:
        raise DataError(f"{modalities} modalities and {readers} readers. Expected two or more of each.")
    return modalities, readers


def _mean_squares(values: Values) -> tuple[float, float]:
    """Between modalities, and of modality by reader."""
    modalities, readers = values.shape
    between = readers * float(values.mean(axis=1).var(ddof=1))
    return between, _interaction(values) / ((modalities - 1) * (readers - 1))


def _interaction(table: Values) -> float:
    """Sum of squares that rows and columns of a table leave."""
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    return float((rest**2).sum())


def _satterthwaite(noise: float, square: float, degrees: int) -> float:
    """Degrees of freedom of `noise`, of which `square` has so many."""
    return float(noise**2 / (square**2 / degrees)) if square > 0 else float("inf")


def _test(between: float, noise: float, numerator: int, degrees: float) -> tuple[float, tuple[float, float], float]:
    if noise == 0:
        return float("nan"), (numerator, degrees), float("nan")
    ratio = between / noise
    return ratio, (float(numerator), degrees), float(f_distribution.sf(ratio, numerator, min(degrees, 1e9)))


def _pairs(values: Values, error: float, degrees: float) -> dict[tuple[int, int], Average]:
    means: NDArray[np.float64] = values.mean(axis=1)
    pairs = [(i, k) for i in range(len(means)) for k in range(i + 1, len(means))]
    return {(i, k): Average(float(means[i] - means[k]), float(error), degrees) for i, k in pairs}
