"""MLflow: recipe and figures of a training, on the server that MLFLOW_TRACKING_URI names."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hilum.registry import register
from hilum.runs.files import read_recipe
from hilum.runs.run import RECIPE
from hilum.schema import ConfigError, DependencyError
from hilum.schema.files import write_text
from hilum.training.hook import Plan
from hilum.training.state import TrainState

RUN_ID, ADDRESS, EXPERIMENT = "mlflow_run_id", "MLFLOW_TRACKING_URI", "hilum"
LONGEST = 500  # characters of a value


class MLflow:
    """Writes what MLflow shows.

    Args:
        folder: of the Run, of which `mlflow_run_id` is the name that MLflow gave it: a resumed training goes on there.

    Raises:
        DependencyError: without the package.
        ConfigError: when MLFLOW_TRACKING_URI names no server.
    """

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # nobody else is told that something was trained
        try:
            from mlflow.tracking import MlflowClient
        except ImportError as error:
            raise DependencyError("The hook mlflow needs MLflow: pip install 'hilum[track]'.") from error
        if not os.environ.get(ADDRESS):
            raise ConfigError(
                f"The hook mlflow needs {ADDRESS}, the address of an MLflow server, as in http://localhost:5000 "
                "(`mlflow server` starts one there)."
            )
        self.client = MlflowClient(os.environ[ADDRESS])
        self.run_id = self._begun(folder)

    def step(self, state: TrainState, images: int) -> None:
        """Nothing: a server is told of whole epochs."""

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:
        """A point of each curve."""
        for name, value in record.items():
            if name != "epoch":
                self.client.log_metric(self.run_id, name, float(value), step=state.epoch)

    def close(self) -> None:
        """Say that it has ended; one that goes on later says so again."""
        self.client.set_terminated(self.run_id)

    def _begun(self, folder: Path) -> str:
        named = folder / RUN_ID
        if named.is_file():
            return named.read_text(encoding="utf-8").strip()
        found = self.client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found is not None else self.client.create_experiment(EXPERIMENT)
        run_id: str = self.client.create_run(experiment, run_name=folder.name).info.run_id
        for name, value in _flat(read_recipe(folder / RECIPE).model_dump(mode="json")):
            self.client.log_param(run_id, name, str(value)[:LONGEST])
        write_text(named, run_id + "\n")
        return run_id


def _flat(values: Any, start: str = "") -> Iterator[tuple[str, Any]]:
    """The recipe's settings by their dotted names."""
    if not isinstance(values, dict | list) or not values:
        yield start, values
        return
    for name, value in values.items() if isinstance(values, dict) else enumerate(values):
        yield from _flat(value, f"{start}.{name}" if start else str(name))


@register
def mlflow(folder: Path, state: TrainState, plan: Plan) -> MLflow:  # noqa: ARG001
    """Recipe and figures, on the MLflow server that MLFLOW_TRACKING_URI names."""
    return MLflow(folder)
