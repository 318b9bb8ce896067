"""Networks: timm encoders, our poolings and heads. A model gives raw outputs and knows no finding."""

from hilum.models.classifier import Classifier
from hilum.models.contract import Embeds, Encoder, FitsBoxes, FittedHead, ImageView, Model, ReadsMaps
from hilum.registry import Registry

models = Registry("hilum.models", "model")

__all__ = ["Classifier", "Embeds", "Encoder", "FitsBoxes", "FittedHead", "ImageView", "Model", "ReadsMaps", "models"]
