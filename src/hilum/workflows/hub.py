"""An encoder of the Hugging Face hub in timm's own form: a folder with config.json and the weights beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from hilum.models.published import Weights
from hilum.models.published.hf import HUB
from hilum.models.published.places import cache
from hilum.models.variants import named_by
from hilum.schema import ConfigError, DependencyError
from hilum.workflows.fetch_weights import BrokenOff, fetch

CONFIG, FILES = "config.json", ("model.safetensors", "pytorch_model.bin")
START = "hf:"
OURS = (
    "img_size",
    "num_classes",
    "in_chans",
    "global_pool",
    "drop_rate",
    "drop_path_rate",
)  # set here, or for learning
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def hub_encoder(name: str, given: Path | None) -> tuple[Weights, Path]:
    """What config.json says of `hf:OWNER/NAME`, and its weights' file.

    Args:
        name: as on the hub, behind `hf:`.
        given: the folder, or the file with config.json beside it; None to look where Hugging Face and Hilum keep them,
            and to fetch them otherwise.

    Raises:
        ConfigError: for a folder that is not of timm's form, or of a network that has no name here.
        DependencyError: when it is not on this machine and cannot be fetched.
    """
    own = name.removeprefix(START)
    folder = (given if given.is_dir() else given.parent) if given else _at_hand(own) or _fetched(own)
    file = (
        given if given and given.is_file() else next((folder / one for one in FILES if (folder / one).is_file()), None)
    )
    if file is None:
        raise ConfigError(f"{folder}: holds none of {', '.join(FILES)}. Expected the weights beside {CONFIG}.")
    config = _config(folder / CONFIG)
    facts = {**config, **_mapping(config.get("pretrained_cfg"))}
    return (
        Weights(
            name=own,
            encoder=_encoder(config, folder / CONFIG),
            outputs=(),
            preprocess=_preprocess(facts),
            license=str(facts.get("license") or "none stated"),
            address=f"{HUB}{own}",
            megabytes=file.stat().st_size / 1e6,
            source="hf",
        ),
        file,
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not to be read ({error}). Expected timm's file of that name.") from error
    if not isinstance(config, dict) or not isinstance(config.get("architecture"), str):
        raise ConfigError(
            f"{path}: names no `architecture`. Expected a network in timm's form; others are known by name "
            "(`hilum ls weights`), and any file of a known network is taken by `model.pretrained`."
        )
    return config


def _encoder(config: Mapping[str, Any], path: Path) -> str:
    architecture = str(config["architecture"])
    further = {key: value for key, value in _mapping(config.get("model_args")).items() if key not in OURS}
    name = named_by(architecture, further)
    if name is None:
        raise ConfigError(
            f"{path}: {architecture} with {further}, which has no name here. Expected timm's own network."
        )
    return name


def _preprocess(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Size, channels and values as timm's settings say; of three different channels their mean."""
    size = facts.get("input_size") or (3, 224, 224)
    mean, deviation = (list(facts.get(key) or IMAGENET[place]) for place, key in enumerate(("mean", "std")))
    black, white = ((at - fmean(mean)) / fmean(deviation) for at in (0, 1))
    known = (mean, deviation) == IMAGENET
    return {"size": int(size[-1]), "channels": 3, "normalize": "imagenet" if known else (black, white)}


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _at_hand(own: str) -> Path | None:
    theirs = Path.home() / ".cache" / "huggingface" / "hub" / f"models--{own.replace('/', '--')}" / "snapshots"
    folders = [_place(own), *sorted(theirs.glob("*"))]
    return next((folder for folder in folders if (folder / CONFIG).is_file()), None)


def _place(own: str) -> Path:
    return cache() / "weights" / "hf" / own


def _fetched(own: str) -> Path:
    folder = _place(own)
    try:
        for file in (FILES[0], CONFIG):  # the config last: with it the folder is whole
            fetch(f"{HUB}{own}/resolve/main/{file}", folder / file)
    except (OSError, BrokenOff) as error:
        raise DependencyError(
            f"{START}{own}: it is not on this machine, and could not be fetched "
            f"({getattr(error, 'reason', None) or error}). Expected {CONFIG} and {FILES[0]} of {HUB}{own}: get them "
            f"where there is a network and put them into {folder}, or give their folder with --file. Known by name: "
            "`hilum ls weights`."
        ) from error
    return folder
