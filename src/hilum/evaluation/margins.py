"""Non-inferiority and equivalence: is a difference small enough not to matter, with a margin stated beforehand?"""

import math
from dataclasses import replace

from hilum.evaluation.compare import Comparison
from hilum.schema import ConfigError

LOWER_IS_BETTER = (
    *("brier", "brier_miscalibration", "log_loss", "hamming_loss", "coverage_error", "expected_calibration_error"),
    "integrated_calibration_index",
    *("false_negatives", "false_positives"),
)
VERDICTS = {
    "superior": "higher, beyond chance",
    "non-inferior": "not lower by the margin",
    "equivalent": "neither lower nor higher by the margin",
    "inferior": "lower by the margin or more, beyond chance",
    "inconclusive": "may be lower by more than the margin",
}


def verdict(low: float, high: float, margin: float) -> str:
    """What an interval of a difference (new less reference, higher is better) says beside a margin.

    The 95 % interval tests non-inferiority at a one-sided 2.5 %, equivalence as two such tests.

    Args:
        low: of the interval.
        high: of the interval.
        margin: above 0, in the difference's own unit; stated before looking.

    Returns:
        The strongest that holds: `superior` (the interval lies above 0), `equivalent` (it lies within the margin on
        both sides), `non-inferior` (it lies above minus the margin), `inferior` (it lies at or below minus the
        margin), `inconclusive`; empty where there is no interval.

    Source: Piaggio et al. 2012, JAMA 308:2594-2604 (CONSORT for non-inferiority and equivalence).

    >>> verdict(-0.01, 0.08, 0.05), verdict(-0.01, 0.03, 0.05), verdict(-0.06, 0.03, 0.05), verdict(0.01, 0.09, 0.05)
    ('non-inferior', 'equivalent', 'inconclusive', 'superior')
    """
    check_margin(margin)
    if math.isnan(low) or math.isnan(high):
        return ""
    if low > 0:
        return "superior"
    if low > -margin:
        return "equivalent" if high < margin else "non-inferior"
    return "inferior" if high <= -margin else "inconclusive"


def check_margin(margin: float) -> None:
    """Refuse what is no margin."""
    if not margin > 0:
        raise ConfigError(f"A margin of {margin:g}. Expected a number above 0, in the unit of the metric: 0.05.")


def with_verdicts(comparison: Comparison, margin: float) -> Comparison:
    """The same comparison with a column `verdict` in its tables; the margin stands in its provenance.

    Of a metric that is better when lower, as the Brier score, "inferior" is higher.
    """
    check_margin(margin)
    table, readers = comparison.table, comparison.readers
    if "difference_low" in table:
        sign = 1 - 2 * table.metric.isin(LOWER_IS_BETTER).to_numpy(float)
        ends = table[["difference_low", "difference_high"]].to_numpy(float) * sign[:, None]
        table = table.assign(verdict=[verdict(float(min(pair)), float(max(pair)), margin) for pair in ends])
    if len(readers):
        ends = readers[["low", "high"]].to_numpy(float)
        readers = readers.assign(verdict=[verdict(float(low), float(high), margin) for low, high in ends])
    return replace(comparison, table=table, readers=readers, provenance=comparison.provenance | {"margin": margin})
