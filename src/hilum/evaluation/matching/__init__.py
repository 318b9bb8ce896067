"""Matching: predictions beside the truth, once for each kind; then metrics weigh the match as often as they like.

`Metric = Callable[[Match, Weights], Values]`: what a match holds is fixed by the images, only how often each image
counts differs from one bootstrap replicate to the next. So every metric of every kind has paired patient bootstraps.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from hilum.evaluation.matching.boxes import BoxMatch, Hit, match_boxes
from hilum.evaluation.matching.labels import LabelMatch
from hilum.evaluation.matching.masks import MaskMatch, match_masks

Match: TypeAlias = LabelMatch | BoxMatch | MaskMatch
Metric: TypeAlias = Callable[[Any, Any], Any]  # (match, weights) -> (R,) values; a metric takes its own kind of match

__all__ = ["BoxMatch", "Hit", "LabelMatch", "MaskMatch", "Match", "Metric", "match_boxes", "match_masks"]
