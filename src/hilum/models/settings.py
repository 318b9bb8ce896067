"""Kinds of numbers that a recipe gives to models: what their limits are is said once."""

from typing import Annotated

from pydantic import Field

Share = Annotated[float, Field(ge=0, le=1)]
Dropout = Annotated[float, Field(ge=0, lt=1)]  # 1 would drop everything
Width = Annotated[int, Field(ge=1)]
Depth = Annotated[int, Field(ge=2, le=5)]  # halvings of an image
