"""Pages and figures: an Evaluation, a Cohort or one reading made readable.

Names are fetched when first asked for: a page of tables needs neither SciPy nor Matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hilum.reports.augmentation import augmentation_page as augmentation_page
    from hilum.reports.check import check_page as check_page
    from hilum.reports.comparison import comparison_page as comparison_page
    from hilum.reports.evaluation import Example as Example
    from hilum.reports.evaluation import evaluation_page as evaluation_page
    from hilum.reports.heatmaps import heatmaps_page as heatmaps_page
    from hilum.reports.overlay import overlay_png as overlay_png
    from hilum.reports.reading import reading_page as reading_page
    from hilum.reports.reproduction import reproduction_page as reproduction_page
    from hilum.reports.summary import summary_page as summary_page
    from hilum.reports.summary_charts import summary_figures as summary_figures

_MODULES = {
    "Example": "evaluation",
    "augmentation_page": "augmentation",
    "check_page": "check",
    "comparison_page": "comparison",
    "evaluation_page": "evaluation",
    "heatmaps_page": "heatmaps",
    "overlay_png": "overlay",
    "reading_page": "reading",
    "reproduction_page": "reproduction",
    "summary_figures": "summary_charts",
    "summary_page": "summary",
}
__all__ = [*_MODULES]  # noqa: PLE0604, RUF100


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"hilum.reports.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'hilum.reports' has no attribute '{name}'")
