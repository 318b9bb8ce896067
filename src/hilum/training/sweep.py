"""Sweep: many trainings of one recipe with some settings changed, chosen one after the other by what came before.

    FOLDER/study.db      every trial with its settings and its figures an epoch (SQLite, by Optuna)
    FOLDER/trials/0007   the Run of trial 7
    FOLDER/best.yaml     the best trial's recipe, complete
    FOLDER/sweep.html    the page

Only training and validation images go in: the test's are taken out before the first trial.
"""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from hilum.images.store_ledger import locked
from hilum.reports.sweep import Trial, sweep_page
from hilum.runs import Recipe, Run
from hilum.runs.run import RECIPE
from hilum.schema import Cohort, DependencyError, HilumError, RunError
from hilum.schema.files import write_text
from hilum.schema.split import split_hash
from hilum.training.checkpoint import LAST
from hilum.training.optimize import completed
from hilum.training.setting import figures_of
from hilum.training.setup import with_split
from hilum.training.space import Space, changed
from hilum.training.state import TrainState
from hilum.training.train import monitored, train

STUDY, TRIALS, BEST, PAGE = "study.db", "trials", "best.yaml", "sweep.html"
FEWEST, FIRST = 4, 2  # trials that a median needs before it ends one, and the first epoch after which it may


def sweep(
    recipe: Recipe,
    space: Space,
    cohort: Cohort,
    out: Path,
    *,
    trials: int = 20,
    seed: int = 0,
    stores: Path | None = None,
    device: str = "auto",
) -> list[Trial]:
    """Try settings until the folder holds so many trials; a trial that was cut off is gone on with first.

    Args:
        recipe: what stays as it is.
        space: what is tried; all of it is checked before the first trial.
        cohort: as for `train`; its test images are not looked at.
        out: the folder; the same call goes on with what is there.
        trials: how many in all, pruned and failed ones counted.
        seed: of the search. A trial's settings follow from it and from the trials before.
        stores: where stores are looked for and built; `stores` in `out` when left out.
        device: `auto`, `cpu`, `cuda` …

    Returns:
        All trials of the folder.

    Raises:
        ConfigError: when the space does not fit the recipe.
        RunError: when the folder holds another sweep, or every trial failed.
    """
    optuna = _optuna()
    space.check(recipe)
    monitor = monitored(recipe)
    direction = {"max": "maximize", "min": "minimize"}[figures_of(recipe.build_task())[monitor]]
    seen = with_split(recipe, cohort).split("train", "val")
    with locked(out, "runs this sweep"):
        study = optuna.create_study(
            storage=f"sqlite:///{(out / STUDY).resolve()}",
            study_name="sweep",
            direction=direction,
            pruner=optuna.pruners.MedianPruner(n_startup_trials=FEWEST, n_warmup_steps=FIRST),
            load_if_exists=True,
        )
        _check_same(study, out, {"recipe": _comparable(recipe), "space": space.to_json(), "split": split_hash(seen)})

        def run(trial: Any) -> None:
            values = space.suggest(trial)
            folder = out / TRIALS / f"{trial.number:04}"
            train(
                changed(recipe, values),
                seen,
                folder,
                resume=(folder / RECIPE).is_file(),
                stores=stores or out / "stores",
                device=device,
                watch=(lambda *_: Pruning(trial, f"val_{monitor}"),),
            )

        for number in _todo(study, trials):
            study.sampler = optuna.samplers.TPESampler(
                seed=_seed(seed, len(study.trials) if number is None else number)
            )
            _attempt(study, number, run, out, monitor)
            _write(study, out, recipe, monitor)
        return _write(study, out, recipe, monitor)


class Pruning:
    """A hook that tells Optuna each epoch's figure, and ends a trial that lags behind the others.

    Args:
        trial: of Optuna.
        figure: name in the log, as `val_auroc`.
    """

    def __init__(self, trial: Any, figure: str) -> None:
        self.trial, self.figure = trial, figure

    def step(self, state: TrainState, images: int) -> None:
        """Nothing: figures come with epochs."""

    def epoch(self, state: TrainState, record: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Report, and raise `TrialPruned` where the median of the others was better by this epoch."""
        value, number = float(record[self.figure]), int(record["epoch"])
        known = self.trial.study.trials[self.trial.number].intermediate_values  # of before the trial was cut off
        if math.isfinite(value) and number not in known:
            self.trial.report(value, number)
        if self.trial.should_prune():
            raise _optuna().TrialPruned

    def close(self) -> None:
        """Nothing."""


def _todo(study: Any, trials: int) -> list[int | None]:
    """Numbers of the trials that were cut off, then None for each new one."""
    state = _optuna().trial.TrialState
    cut_off = [one.number for one in study.trials if one.state in (state.RUNNING, state.WAITING)]
    return [*cut_off, *[None] * max(0, trials - len(study.trials))]


def _attempt(study: Any, number: int | None, run: Callable[[Any], None], out: Path, monitor: str) -> None:
    """One trial, to its end: complete, pruned, or failed with the reason kept."""
    optuna = _optuna()
    trial = study.ask() if number is None else optuna.trial.Trial(study, study.trials[number]._trial_id)
    state, value = optuna.trial.TrialState.COMPLETE, None
    folder = out / TRIALS / f"{trial.number:04}"
    try:
        run(trial)
        value = float(Run.open(folder).provenance["weights"][f"val_{monitor}"])
    except optuna.TrialPruned:
        state = optuna.trial.TrialState.PRUNED
    except HilumError as error:
        state = optuna.trial.TrialState.FAIL
        trial.set_user_attr("reason", str(error))
    study.tell(trial, value, state=state)
    (folder / LAST).unlink(missing_ok=True)  # nobody goes on with it


def _write(study: Any, out: Path, recipe: Recipe, monitor: str) -> list[Trial]:
    """The page and the best recipe; the trials."""
    trials = [_trial(one) for one in study.trials]
    done = [one for one in trials if one.state == "complete"]
    best = None
    if done:
        sign = -1 if study.direction.name == "MAXIMIZE" else 1
        best = min(done, key=lambda one: sign * (one.value or 0.0))
        chosen = completed(changed(recipe, best.values)).model_dump(mode="json") | {"name": BEST.removesuffix(".yaml")}
        text = yaml.safe_dump(chosen, sort_keys=False, allow_unicode=True, width=120)
        head = f"# Trial {best.number} of {len(trials)}: {monitor} {best.value:.4f} on validation images, by which it "
        write_text(out / BEST, f"{head}was chosen:\n# too good an estimate. Test images were not looked at.\n{text}")
    elif len(trials) >= FEWEST:
        reasons = sorted({one.reason for one in trials if one.reason})
        raise RunError(f"{out}: no trial of {len(trials)} came to its end. The first reason: {reasons[:1]}")
    page = sweep_page(
        trials,
        best=best,
        monitor=monitor,
        better=study.direction.name.lower(),
        importance=_importance(study, [one.value for one in done]),
    )
    write_text(out / PAGE, page)
    return trials


def _trial(one: Any) -> Trial:
    values = {name: value if isinstance(value, str) else json.dumps(value) for name, value in one.params.items()}
    seconds = one.duration.total_seconds() if one.duration is not None else None
    reason = str(one.user_attrs.get("reason", ""))
    state = one.state.name.lower()  # of a pruned trial Optuna gives the last epoch's figure
    value = one.value if state == "complete" else None
    return Trial(one.number, state, value, len(one.intermediate_values), values, seconds, reason)


def _importance(study: Any, values: list[float | None]) -> dict[str, float]:
    """Share of the figures' variance that each setting explains; none before there are trials to tell from."""
    if len(values) < FEWEST or len(set(values)) < 2:
        return {}
    optuna = _optuna()
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(value) for name, value in found.items()}


def _check_same(study: Any, out: Path, facts: dict[str, Any]) -> None:
    """Keep what a new sweep is of; refuse to go on with another."""
    begun = study.user_attrs
    for name, value in facts.items():
        text = json.dumps(value, sort_keys=True)
        if name not in begun:
            study.set_user_attr(name, text)
        elif begun[name] != text:
            raise RunError(
                f"{out}: this sweep was begun with another {name}. Expected the same one; or give another folder."
            )


def _comparable(recipe: Recipe) -> dict[str, Any]:
    return completed(recipe).model_dump(mode="json")


def _seed(*parts: int) -> int:
    return int(np.random.SeedSequence(parts).generate_state(1)[0])


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise DependencyError("A sweep needs Optuna: pip install 'hilum[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
