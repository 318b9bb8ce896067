"""One process or several: started here, by `torchrun` or by a cluster; and one clear error when one of them ends."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from torch.distributed import DistError

from hilum.device import Device
from hilum.schema import ConfigError, RunError

ENDED = (
    "Another of the {world} processes that train together has ended; see its own message above, if it left one. "
    "Nothing of what was kept is lost: give the same command with --resume."
)
LOST = ("closed by peer", "reset by peer", "gloo", "Gloo", "NCCL", "store", "Broken pipe")  # how its absence is noticed
OBSERVER = "lightning_fabric.strategies.launchers.subprocess_script"  # says when a process that it started has ended


def launch(device: Device, devices: int) -> Fabric:
    """Devices and precision, with the further processes started; under `torchrun` they are there already.

    Args:
        device: the kind, or the one.
        devices: how many of that kind on this machine; under `torchrun` what it says counts.

    Raises:
        ConfigError: when there are not so many.
    """
    kind = device.torch_device
    # torchrun, on this machine and on all of them together
    here, everywhere = (int(os.environ.get(name, 0)) for name in ("LOCAL_WORLD_SIZE", "WORLD_SIZE"))
    external = "TORCHELASTIC_RUN_ID" in os.environ and here > 0
    count = here if external else devices
    if kind.index is not None and count > 1:
        raise ConfigError(f"devices: {count} asked for, and device '{kind}' is one. Give device={kind.type}.")
    if kind.type == "cuda" and count > torch.cuda.device_count():
        raise ConfigError(
            f"devices: {count} GPUs asked for, and {torch.cuda.device_count()} found. Give --devices "
            f"{torch.cuda.device_count()}, or start fewer processes a machine."
        )
    fabric = Fabric(
        accelerator=kind.type,
        devices=[kind.index] if kind.index is not None else count,
        num_nodes=everywhere // here if external else 1,
        strategy="ddp" if external and everywhere > 1 else "auto",
        plugins=MixedPrecision("bf16-mixed", kind.type) if device.bf16 else None,
    )
    fabric.launch()
    return fabric


def speaks() -> bool:
    """Whether this is the one of the processes that train together that talks to the user; one alone does."""
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", 0))) == 0


@contextmanager
def together(fabric: Fabric) -> Iterator[None]:
    """Within this block the end of another process is one RunError, and nothing waits for it."""
    if fabric.world_size == 1:
        yield
        return
    ended, logger = ENDED.format(world=fabric.world_size), logging.getLogger(OBSERVER)
    teller, level = _Teller(ended), logger.level
    logger.addHandler(teller)
    logger.setLevel(logging.INFO)
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, DistError) and not any(words in str(error) for words in LOST):
            raise
        raise RunError(ended) from error
    finally:
        logger.removeHandler(teller)
        logger.setLevel(level)


class _Teller(logging.Handler):
    """Says on stderr what Fabric notices: it then ends this process, wherever it is, without a word."""

    def __init__(self, text: str) -> None:
        super().__init__(logging.INFO)
        self.text = text

    def emit(self, record: logging.LogRecord) -> None:
        if "terminated with code" in record.getMessage():
            print(f"Error: {self.text}", file=sys.stderr, flush=True)
