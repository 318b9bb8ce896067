"""How it is trained: set-up, the loop, hooks, optimizers, schedules."""

from hilum.training.train import train

__all__ = ["train"]
