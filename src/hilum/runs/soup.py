"""The mean of several weights of one model, as one Run: it costs no more to apply than a single one."""

from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from hilum.runs.assemble import Part, check_weights, copy_files
from hilum.runs.run import RECIPE, WEIGHTS, Run, sha256
from hilum.runs.save import save_provenance
from hilum.schema import ConfigError, RunError
from hilum.schema.files import replacing


def averaged(parts: Sequence[Part], out: Path) -> Run:
    """A Run whose weights, batch statistics among them, are the plain mean of the parts'.

    The mean is a good model only where the weights lie close together: checkpoints of one training, or trainings that
    began from the same pretrained weights.

    Args:
        parts: of one recipe but for seed and rates, learned from the same images.
        out: a new folder.

    Raises:
        RunError: when the parts are no weights of one model, or learned from other images.

    Source: Izmailov et al. 2018, arXiv:1803.05407; uniform soup: Wortsman et al. 2022, arXiv:2203.05482.
    """
    if out.is_dir() and any(out.iterdir()):
        raise RunError(f"{out}: not empty. Give a new folder.")
    if len(parts) < 2:
        raise ConfigError(f"{parts[0].name}: the mean of one. Expected two or more, or --checkpoints.")
    for part in parts[1:]:
        _check_same(parts[0], part)
    check_weights(parts)
    total: dict[str, Tensor] = {}
    for part in parts:
        for name, tensor in load_file(part.weights).items():
            total[name] = total[name] + tensor.double() if name in total else tensor.double()
    last = load_file(parts[-1].weights)
    # counts, such as a batch norm's steps, have no mean: the last stand
    mean = {
        name: (total[name] / len(parts)).to(tensor.dtype) if tensor.is_floating_point() else tensor
        for name, tensor in last.items()
    }
    recipe = parts[0].run.folder / RECIPE
    copy_files(parts[0].run, out, but=(RECIPE,))
    with replacing(out / WEIGHTS) as temporary:
        save_file({name: tensor.contiguous() for name, tensor in mean.items()}, temporary)
    facts = {key: value for key, value in parts[0].run.provenance.items() if key != "format"}
    named = [{"name": part.name, "sha256": part.facts["sha256"]} for part in parts]
    weights = {"sha256": sha256(out / WEIGHTS), "epoch": max(int(part.facts["epoch"]) for part in parts)}
    save_provenance(out, facts | {"weights": weights | {"mean_of": named}})
    with replacing(out / RECIPE) as temporary:
        temporary.write_bytes(recipe.read_bytes())
    return Run.open(out)


def _check_same(first: Part, other: Part) -> None:
    one, two = first.run, other.run
    different = [
        name
        for name in ("model", "task", "preprocess", "features", "findings")
        if getattr(one.recipe, name) != getattr(two.recipe, name)
    ]
    if different:
        raise RunError(f"{two.folder} and {one.folder}: {', '.join(different)} differ. Expected weights of one model.")
    if one.folder != two.folder and not one.split.sort_index().equals(two.split.sort_index()):
        raise RunError(
            f"{two.folder} and {one.folder} learned from other images, or split them otherwise. Expected one split; "
            "an ensemble of both needs none: leave --average-weights out."
        )
