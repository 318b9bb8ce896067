"""What is kept, and how it predicts."""

from hilum.runs.config import Recipe
from hilum.runs.explain import explain
from hilum.runs.predict import embed, predict
from hilum.runs.recipes import load_recipe
from hilum.runs.run import Run

__all__ = ["Recipe", "Run", "embed", "explain", "load_recipe", "predict"]
