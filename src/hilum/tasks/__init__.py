"""What is learned: how labels become targets, the loss, how raw outputs become probabilities."""

from hilum.tasks.classify import Classify
from hilum.tasks.registries import losses, policies

__all__ = ["Classify", "losses", "policies"]
