"""Pages and figures: an Evaluation, a Cohort or one reading made readable."""

from hilum.reports.check import check_page
from hilum.reports.comparison import comparison_page
from hilum.reports.evaluation import Example, evaluation_page
from hilum.reports.overlay import overlay_png
from hilum.reports.reading import reading_page
from hilum.reports.summary import summary_page
from hilum.reports.summary_figures import summary_figures

__all__ = [
    "Example",
    "check_page",
    "comparison_page",
    "evaluation_page",
    "overlay_png",
    "reading_page",
    "summary_figures",
    "summary_page",
]
