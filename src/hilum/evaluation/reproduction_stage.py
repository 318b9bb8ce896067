"""A stage on the way to a report's rows: a table of features or maps that is made once and kept."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


class Stage(BaseModel):
    """One artifact that rows take.

    It is made of sets of features (`sets`), of a row's Run (`embed`: its vectors, `heat`: where it looked), or of two
    stages of maps (`fuse`: the lungs, then the heatmap).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="of the file")
    sets: dict[str, dict[str, Any]] = Field(default={}, description="sets of features, each with its keywords")
    embed: str = Field(default="", description="the row whose Run's vectors it holds")
    heat: str = Field(default="", description="the row whose Run's heatmaps it holds")
    fuse: tuple[str, ...] = Field(default=(), description="the stage of the lungs, and that of the heatmap")
    share: float = Field(default=0.5, ge=0, le=1, description="lambda of the lungs, of fused maps")
    smooth: float = Field(default=1.0, ge=0, description="standard deviation of a Gaussian in cells, of fused maps")
    side: int = Field(default=28, ge=4, le=64, description="cells a side, of heatmaps")
    method: str = Field(default="auto", description="the explainer, of heatmaps")
    control: str = Field(default="none", description="what is hidden before, of vectors")

    @model_validator(mode="after")
    def _one_way(self) -> "Stage":
        if sum(map(bool, (self.sets, self.embed, self.heat, self.fuse))) != 1:
            raise ValueError(f"stage {self.name}: expected one of sets, embed, heat and fuse")
        if self.fuse and len(self.fuse) != 2:
            raise ValueError(f"stage {self.name}: fuse takes two stages, the lungs and the heatmap")
        return self

    @property
    def row(self) -> str:
        """The row whose Run it is made of; empty for none."""
        return self.embed or self.heat
