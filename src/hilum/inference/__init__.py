"""A Run opened once and held: predict, embed, explain."""

from hilum.inference.predictor import Predictor

__all__ = ["Predictor"]
