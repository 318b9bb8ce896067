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
from hilum.runs.device import Device
from hilum.runs.predict import predict_batches
from hilum.runs.save import save_weights
from hilum.schema import RunError
from hilum.tasks import Classify
from hilum.training.augment import Augmenter
from hilum.training.average import Average
from hilum.training.checkpoint import LAST, TrainState, load_last, restore, save_last
from hilum.training.loader import Loader
from hilum.training.log import Log
from hilum.training.optimize import freeze, optimizer_for, rate
from hilum.training.progress import ProgressHook


def fit(
    recipe: Recipe,
    model: nn.Module,
    task: Classify,
    train_loader: Loader,
    val_loader: Loader,
    *,
    fabric: Fabric,
    device: Device,
    folder: Path,
    save_facts: Callable[[TrainState], None],
) -> None:
    """Learn until the recipe's epochs are done, or none was better for long enough; resume when there is a `last`.

    Args:
        recipe: the complete recipe.
        model: new, or to be filled from `last`.
        task: targets, loss, decoding.
        train_loader: the images to learn from.
        val_loader: the images that choose the best epoch.
        fabric: devices and precision, launched.
        device: the same, for validation, which is done in fp32: what is logged is what `predict` gives.
        folder: of the Run.
        save_facts: writes provenance, given the state.
    """
    settings = recipe.training
    model = device.place(model)
    average = Average(model, settings.ema_decay) if settings.ema_decay else None
    state, moments = load_last(folder, model, average) if (folder / LAST).is_file() else (TrainState(), {})
    log, augmenter = Log(folder, state.epoch), Augmenter(recipe.augment)
    generator = torch.Generator(device.torch_device)
    started, phase = time.monotonic() - state.seconds, None
    with ProgressHook(
        settings.epochs, len(train_loader.rows), done=state.epoch, shown=fabric.is_global_zero
    ) as progress:
        while state.epoch < settings.epochs and not _stopped(settings, state):
            epoch, began = state.epoch, time.monotonic()
            current, step = _phase(settings, epoch, len(train_loader))
            model.train()
            freeze(model, current.frozen)
            if current is not phase:
                phase = current
                optimizer = optimizer_for(model, phase)
                restore(optimizer, moments if step else {})
                network, stepper = fabric.setup(model, optimizer)

            # --- fit: everything random follows from (seed, epoch, step), so that a resumed epoch is the same epoch
            torch.manual_seed(_seed(settings.seed, epoch))
            total = torch.zeros((), device=device.torch_device)
            for batch in train_loader.shuffled(epoch, rank=fabric.global_rank, world=fabric.world_size):
                generator.manual_seed(_seed(settings.seed, epoch, step, fabric.global_rank))
                augment = partial(augmenter, generator=generator)
                for group in optimizer.param_groups:
                    group["lr"] = rate(phase, step, len(train_loader))
                logits = network(**batch.inputs(model, recipe.preprocess, device, augment))["labels"]  # (B, K)
                loss = task.loss(logits, batch.labels.to(device.torch_device))  # type: ignore[union-attr]
                fabric.backward(loss)
                if settings.gradient_clip:
                    fabric.clip_gradients(network, stepper, max_norm=settings.gradient_clip)
                stepper.step()
                stepper.zero_grad()
                if average is not None:
                    average.update(model)
                total += loss.detach() * len(batch)
                step += 1
                progress.step(len(batch) * fabric.world_size)

            # --- evaluate
            reader = average.model if average is not None else model
            spent = time.monotonic() - began
            mean_loss = float(fabric.all_reduce(total, reduce_op="sum")) / len(train_loader.rows)  # type: ignore[arg-type]
            if not np.isfinite(mean_loss):
                raise RunError(
                    f"The loss of epoch {epoch + 1} is {mean_loss}. Lower training.lr, or clip the gradient."
                )
            figures = fabric.broadcast(validate(reader, task, recipe, val_loader, replace(device, bf16=False)))

            # --- keep, in an order that a kill at any point cannot spoil: `last` comes last, and makes the epoch count
            figure = [figures["val_auroc"], -figures["val_loss"]][:: 1 if settings.monitor == "auroc" else -1]
            best = state.best is None or figure > state.best
            state.epoch = epoch + 1
            if best:
                state.best, state.best_epoch = figure, epoch + 1
            state.averaged, state.seconds = average.steps if average else 0, time.monotonic() - started
            record = {
                "epoch": epoch + 1,
                "step": step,
                "loss": mean_loss,
                **figures,
                "best": best,
                "lr": rate(phase, step - 1, len(train_loader)),
                "images_per_s": len(train_loader.rows) / spent,
                "seconds": time.monotonic() - began,
            }
            if fabric.is_global_zero:
                if best:
                    state.weights = save_weights(folder, reader, epoch + 1) | figures
                save_facts(state)
                log.add(record)
                save_last(folder, state, model, optimizer, average)

            # --- log
            progress.epoch(record, best=best)


def validate(model: nn.Module, task: Classify, recipe: Recipe, val_loader: Loader, device: Device) -> dict[str, float]:
    """Loss over all held-out images, and AUROC, mean over the findings for which there is one."""
    outputs = list(predict_batches(model, task, recipe.preprocess, val_loader.in_order(), device=device))
    logits, labels = torch.cat([output.logits for output in outputs]), torch.from_numpy(val_loader.labels)
    scores, present = torch.cat([output.probabilities for output in outputs]).numpy(), val_loader.labels
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


def _stopped(settings: TrainingSettings, state: TrainState) -> bool:
    return bool(settings.early_stopping) and state.epoch - state.best_epoch >= settings.early_stopping


def _seed(*parts: int) -> int:
    """One number that follows from several, far apart for neighbors."""
    return int(np.random.SeedSequence(parts).generate_state(1, np.uint64)[0])
