"""What is kept: recipes, and Run folders that rebuild themselves."""

from hilum.runs.recipe import Recipe
from hilum.runs.recipes import load_recipe
from hilum.runs.run import Run

__all__ = ["Recipe", "Run", "load_recipe"]
