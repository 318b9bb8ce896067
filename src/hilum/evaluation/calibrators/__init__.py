"""Calibrators: turn probabilities into ones that come true as often as they say.

Every calibrator takes probabilities and gives probabilities; the logit is taken inside, and no sigmoid is left for
anyone to apply again. All of them keep the order of images, so AUROC does not change (isotonic may make ties).
"""

from hilum.registry import Registry

calibrators = Registry("hilum.evaluation.calibrators", "calibrator")

__all__ = ["calibrators"]
