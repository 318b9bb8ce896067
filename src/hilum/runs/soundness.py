"""Whether a Run's folder is whole, and what is wrong with it where it is not."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hilum.schema import Findings, RunError

if TYPE_CHECKING:
    from hilum.runs.run import Run


def check(run: "Run", weights: Path, sha256: str) -> None:
    """Refuse a Run whose files contradict each other.

    Args:
        run: as its files were read.
        weights: the file whose hash the provenance names.
        sha256: that file's hash.

    Raises:
        RunError: with the file's name.
    """
    if run.findings != Findings.of(run.recipe.findings) or run.preprocess != run.recipe.preprocess:
        raise RunError(f"{run.folder}: findings.json or preprocess.json contradicts recipe.yaml. Take it from a copy.")
    said = run.provenance.get("weights") or {}
    named = said.get("sha256")
    if not isinstance(named, str) or not isinstance(said.get("epoch"), int):
        raise RunError(
            f"{run.folder / 'provenance.json'}: says nothing of the weights. Expected `weights` with the file's sha256 "
            "and its epoch; copy the Run again."
        )
    if sha256 != named:
        raise RunError(
            f"{weights}: its sha256 is {sha256[:12]}…, and provenance.json names {named[:12]}…. "
            "The file was damaged or exchanged, or learning was cut off just then: resume it with --resume, "
            "or copy the Run again."
        )


def incomplete(folder: Path, missing: Sequence[str], needed: Sequence[str]) -> str:
    """What to say of a folder that lacks some of the files that a Run needs."""
    if not folder.is_dir():
        return f"{folder}: no such folder. Expected a Run; make one with `hilum train`."
    if len(missing) == len(needed):
        return f"{folder}: not a Run (it has none of {', '.join(needed)}). Make one with `hilum train`."
    if list(missing) == ["weights.safetensors"]:
        return f"{folder}: learning ended before its first epoch was kept. Resume it with `hilum train … --resume`."
    return f"{folder}: an incomplete Run, {', '.join(missing)} missing. Copy it again or train it again."
