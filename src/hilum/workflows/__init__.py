"""One function a command: what the command line, Python and a server share."""

from hilum.workflows.predict import embed, predict
from hilum.workflows.read import Readings, read

__all__ = ["Readings", "embed", "predict", "read"]
