"""Pages and figures: an Evaluation, a Cohort or one reading made readable."""

from hilum.reports.evaluation import Example, evaluation_page
from hilum.reports.overlay import overlay_png
from hilum.reports.reading import reading_page

__all__ = ["Example", "evaluation_page", "overlay_png", "reading_page"]
