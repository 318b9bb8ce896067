"""TensorBoard: the epochs' figures as curves, in the Run's `tensorboard` folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hilum.registry import register
from hilum.schema import DependencyError
from hilum.training.hook import Plan
from hilum.training.state import TrainState

FOLDER = "tensorboard"


class TensorBoard:
    """Writes what TensorBoard shows.

    Args:
        folder: of the event files.
        epochs: how many are done; what was written of later ones, of an epoch that was cut off, is left out of sight.

    Raises:
        DependencyError: without the package.
    """

    def __init__(self, folder: Path, epochs: int) -> None:
        try:
            import tensorboard  # noqa: F401  what PyTorch's writer is made of
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise DependencyError("The hook tensorboard needs TensorBoard: pip install 'hilum[track]'.") from error
        self.writer = SummaryWriter(str(folder), purge_step=epochs + 1)

    def step(self, state: TrainState, images: int) -> None:
        """Nothing: a step's loss would have to be waited for."""

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:
        """A point of each curve."""
        for name, value in record.items():
            if name != "epoch":
                self.writer.add_scalar(name, float(value), state.epoch)
        self.writer.flush()

    def close(self) -> None:
        """Close the file."""
        self.writer.close()


@register
def tensorboard(folder: Path, state: TrainState, plan: Plan) -> TensorBoard:  # noqa: ARG001
    """Curves of the epochs' figures, in RUN/tensorboard: `tensorboard --logdir RUN`."""
    return TensorBoard(folder / FOLDER, state.epoch)
