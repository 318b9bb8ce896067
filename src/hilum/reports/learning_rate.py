"""The page of a learning-rate range test."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from hilum.reports.figures.style import DASHED, MUTED, SERIES, Paint
from hilum.reports.page import figure, render


def learning_rate_page(
    rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], *, suggested: float, title: str
) -> str:
    """One HTML file: the loss over the learning rate, and the rate that it suggests.

    Args:
        rates: (S,) learning rate of each step.
        losses: (S,) loss of each step.
        smoothed: (S,) their running mean.
        suggested: the rate that is marked; nan for none.
        title: of the page.
    """
    fell = suggested == suggested
    values = {
        "sentence": f"Suggested: {suggested:.1e}, a tenth of the rate at which the running mean is lowest."
        if fell
        else "The loss never fell: nothing is suggested. Try more steps, or lower rates.",
        "curve": figure(
            _paint(rates, losses, smoothed, suggested if fell else None),
            size=(6.4, 3.2),
            label="Loss over the learning rate",
        ),
    }
    return render("learning_rate.html", kind="learning rate", title=title, values=values)


def _paint(
    rates: Sequence[float], losses: Sequence[float], smoothed: Sequence[float], suggested: float | None
) -> Paint:
    def paint(drawn: Figure) -> None:
        axes = drawn.subplots()
        axes.plot(rates, losses, color=MUTED, linewidth=0.6, label="each step")
        axes.plot(rates, smoothed, color=SERIES[0], label="running mean")
        if suggested is not None:
            axes.axvline(suggested, color=SERIES[1], linestyle=DASHED, label="suggested")
        low, high = min(smoothed), smoothed[0]
        axes.set(xscale="log", xlabel="Learning rate", ylabel="Loss")
        axes.set_ylim(low - 0.2 * abs(high - low) - 1e-3, high + 1.0 * abs(high - low) + 1e-3)
        axes.legend()

    return paint
