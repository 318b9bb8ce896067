"""The loop: learn an epoch, evaluate, keep, log; all of it on one screen, in this order."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from hilum.evaluation import metrics
from hilum.runs.config import Phase, Recipe, TrainingSettings
from hilum.runs.keep import keep_weights
from hilum.runs.machine import Machine
from hilum.runs.predict import predict_batches
from hilum.schema import RunError
from hilum.tasks import Classify
from hilum.training.augment import Augmenter
from hilum.training.average import Average
from hilum.training.checkpoint import LAST, Standing, load_last, restore, save_last
from hilum.training.loader import Loader
from hilum.training.log import Log
from hilum.training.optimize import freeze, optimizer_for, rate
from hilum.training.watch import Watch


def learn(
    recipe: Recipe,
    model: nn.Module,
    task: Classify,
    learning: Loader,
    held_out: Loader,
    *,
    fabric: Fabric,
    machine: Machine,
    folder: Path,
    keep_facts: Callable[[Standing], None],
) -> None:
    """Learn until the recipe's epochs are done, or none was better for long enough; resume when there is a `last`.

    Args:
        recipe: the complete recipe.
        model: new, or to be filled from `last`.
        task: targets, loss, decoding.
        learning: the films to learn from.
        held_out: the films that choose the best epoch.
        fabric: devices and precision, launched.
        machine: the same, for validation, which is done in fp32: what is logged is what `predict` gives.
        folder: of the Run.
        keep_facts: writes provenance, given the standing.
    """
    settings = recipe.training
    model = machine.place(model)
    average = Average(model, settings.ema_decay) if settings.ema_decay else None
    standing, state = load_last(folder, model, average) if (folder / LAST).is_file() else (Standing(), {})
    log, augmenter = Log(folder, standing.epoch), Augmenter(recipe.augment)
    generator = torch.Generator(machine.device)
    started, phase = time.monotonic() - standing.seconds, None
    with Watch(settings.epochs, len(learning.rows), done=standing.epoch, shown=fabric.is_global_zero) as watch:
        while standing.epoch < settings.epochs and not _stopped(settings, standing):
            epoch, began = standing.epoch, time.monotonic()
            current, step = _phase(settings, epoch, len(learning))
            model.train()
            freeze(model, current.frozen)
            if current is not phase:
                phase = current
                optimizer = optimizer_for(model, phase)
                restore(optimizer, state if step else {})
                network, stepper = fabric.setup(model, optimizer)

            # --- learn: everything random follows from (seed, epoch, step), so that a resumed epoch is the same epoch
            torch.manual_seed(_seed(settings.seed, epoch))
            total = torch.zeros((), device=machine.device)
            for batch in learning.shuffled(epoch, rank=fabric.global_rank, world=fabric.world_size):
                generator.manual_seed(_seed(settings.seed, epoch, step, fabric.global_rank))
                augment = partial(augmenter, generator=generator)
                for group in optimizer.param_groups:
                    group["lr"] = rate(phase, step, len(learning))
                logits = network(*batch.inputs(model, recipe.preprocess, machine, augment))  # (B, K)
                loss = task.loss(logits, batch.labels.to(machine.device))  # type: ignore[union-attr]
                fabric.backward(loss)
                if settings.gradient_clip:
                    fabric.clip_gradients(network, stepper, max_norm=settings.gradient_clip)
                stepper.step()
                stepper.zero_grad()
                if average is not None:
                    average.update(model)
                total += loss.detach() * len(batch)
                step += 1
                watch.step(len(batch) * fabric.world_size)

            # --- evaluate
            reader = average.model if average is not None else model
            spent = time.monotonic() - began
            mean_loss = float(fabric.all_reduce(total, reduce_op="sum")) / len(learning.rows)  # type: ignore[arg-type]
            if not np.isfinite(mean_loss):
                raise RunError(
                    f"The loss of epoch {epoch + 1} is {mean_loss}. Lower training.lr, or clip the gradient."
                )
            figures = fabric.broadcast(validate(reader, task, recipe, held_out, replace(machine, bf16=False)))

            # --- keep, in an order that a kill at any point cannot spoil: `last` comes last, and makes the epoch count
            figure = [figures["val_auroc"], -figures["val_loss"]][:: 1 if settings.monitor == "auroc" else -1]
            best = standing.best is None or figure > standing.best
            standing.epoch = epoch + 1
            if best:
                standing.best, standing.best_epoch = figure, epoch + 1
            standing.averaged, standing.seconds = average.steps if average else 0, time.monotonic() - started
            record = {
                "epoch": epoch + 1,
                "step": step,
                "loss": mean_loss,
                **figures,
                "best": best,
                "lr": rate(phase, step - 1, len(learning)),
                "images_per_s": len(learning.rows) / spent,
                "seconds": time.monotonic() - began,
            }
            if fabric.is_global_zero:
                if best:
                    standing.weights = keep_weights(folder, reader, epoch + 1) | figures
                keep_facts(standing)
                log.add(record)
                save_last(folder, standing, model, optimizer, average)

            # --- log
            watch.epoch(record, best=best)


def validate(model: nn.Module, task: Classify, recipe: Recipe, held_out: Loader, machine: Machine) -> dict[str, float]:
    """Loss over all held-out films, and AUROC, mean over the findings for which there is one."""
    answers = list(predict_batches(model, task, recipe.preprocess, held_out.in_order(), machine=machine))
    logits, labels = torch.cat([answer.logits for answer in answers]), torch.from_numpy(held_out.labels)
    scores, present = torch.cat([answer.probabilities for answer in answers]).numpy(), held_out.labels
    each = []
    for finding in range(scores.shape[1]):
        known = present[:, finding] >= 0  # uncertain and missing labels measure nothing
        each.append(metrics["auroc"](present[known, finding], scores[known, finding]))
    return {"val_loss": float(task.loss(logits, labels)), "val_auroc": float(np.nanmean(each))}


def _phase(settings: TrainingSettings, epoch: int, steps_an_epoch: int) -> tuple[Phase, int]:
    """The phase in which an epoch (from 0) lies, and how many of the phase's steps are done before it."""
    for phase in settings.phases:
        if epoch < phase.epochs:
            return phase, epoch * steps_an_epoch
        epoch -= phase.epochs
    raise AssertionError("unreachable")


def _stopped(settings: TrainingSettings, standing: Standing) -> bool:
    return bool(settings.early_stopping) and standing.epoch - standing.best_epoch >= settings.early_stopping


def _seed(*parts: int) -> int:
    """One number that follows from several, far apart for neighbors."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])
