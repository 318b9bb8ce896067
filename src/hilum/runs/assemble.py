"""Runs put together: an ensemble that holds copies of them, or one Run with the mean of their weights."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hilum.runs.checkpoints import checkpoints_of
from hilum.runs.ensemble import MEMBERS, BoxEnsemble, Combine, Ensemble, Member, save_ensemble
from hilum.runs.provenance import commit, host, versions
from hilum.runs.recipe import Recipe
from hilum.runs.run import EXPORTED, FINDINGS, PREPROCESS, PROVENANCE, WEIGHTS, Run, sha256, weights_file
from hilum.runs.save import save_provenance, save_recipe
from hilum.schema import ConfigError, Findings, RunError
from hilum.schema.errors import listed
from hilum.schema.files import replacing, write_json, writing
from hilum.schema.temporary import PREFIX

LEFT_OUT = ("last.safetensors",)  # where a training is resumed: a copy is not


@dataclass(frozen=True)
class Part:
    """A Run as it goes into an ensemble: with its own weights, or with those of one of its checkpoints.

    Args:
        run: what was learned.
        name: what it is called.
        weights: the weights file.
        facts: what its provenance says of the weights.
    """

    run: Run
    name: str
    weights: Path
    facts: Mapping[str, Any] = field(default_factory=dict)


def parts_of(run: Run, *, checkpoints: bool) -> list[Part]:
    """A Run as it is, or each of its checkpoints.

    Raises:
        RunError: when the Run is an ensemble, or has no checkpoints.
    """
    if run.ensemble is not None:
        raise RunError(f"{run.folder}: an ensemble. Expected the Runs that it is made of, under {MEMBERS}/.")
    if not checkpoints:
        return [Part(run, run.folder.resolve().name, run.folder / WEIGHTS, run.provenance["weights"])]
    return [
        Part(
            run,
            f"{run.folder.resolve().name}, step {one.step}",
            one.path,
            {"sha256": one.sha256, "epoch": one.epoch, "step": one.step, **one.figures},
        )
        for one in checkpoints_of(run.folder)
    ]


def assembled(
    parts: Sequence[Part],
    out: Path,
    *,
    join: bool = False,
    combine: Combine = "probabilities",
    variants: Sequence[Mapping[str, Any]] = (),
    boxes: BoxEnsemble | None = None,
    gate: Sequence[Part] = (),
) -> Run:
    """Copy the parts into a new folder, with equal weights; `finished` makes it a Run that can be opened.

    Args:
        parts: what speaks together.
        out: a new folder.
        join: the parts may speak of different findings; each finding is the mean of those that speak of it.
        combine: the mean of `probabilities` or of `logits`.
        variants: further looks at each image, each `{name: …}` with its settings.
        boxes: of detectors: how their boxes become one; None for labels.
        gate: classifiers before them; `boxes.gate` says how.

    Raises:
        RunError: when the folder is in use, findings differ and are not to be joined, or one says no labels.
    """
    if out.is_dir() and any(out.iterdir()):
        raise RunError(f"{out}: not empty. Give a new folder.")
    if len(parts) < 2 and not variants and not gate:
        raise ConfigError(f"{parts[0].name}: an ensemble of one Run. Expected two or more, --checkpoints or --variant.")
    findings, first = _findings(parts, join, "labels" if boxes is None else "boxes"), parts[0].run
    check_weights([*parts, *gate])
    members, before = _members(parts, 1), _members(gate, 1 + len(parts))
    looks = tuple(dict(one) for one in variants)
    ensemble = Ensemble(combine=combine, members=members, variants=looks, boxes=boxes)
    for part, member in zip([*parts, *gate], [*members, *before], strict=True):
        _copy(part, out / member.folder)
    write_json(out / FINDINGS, {"findings": list(findings)})
    write_json(out / PREPROCESS, first.preprocess.model_dump(mode="json"))
    save_ensemble(out, ensemble)
    return Run(out, _recipe(parts, findings, out), findings, first.preprocess, {})


def box_ensemble(parts: Sequence[Part], gate: Sequence[Part], given: Mapping[str, Any]) -> BoxEnsemble:
    """How boxes of these detectors become one.

    Args:
        parts: the detectors.
        gate: classifiers before them.
        given: `fusion`, `shrink`; and of the gate `how` (`times`) and `least` (0).

    Raises:
        RunError: when a classifier gives no labels, or not of every finding.
    """
    for one in gate:
        findings = one.run.findings
        if one.run.task.kind != "labels" or any(name not in findings for name in parts[0].run.findings):
            raise RunError(
                f"{one.run.folder}: it gives {one.run.task.kind} of {listed(findings)}. Expected a classifier of "
                f"{listed(parts[0].run.findings)} before the boxes."
            )
    held = {name: given[name] for name in ("fusion", "shrink") if name in given}
    if gate:
        how = {"how": given.get("how", "times"), "least": given.get("least", 0.0)}
        held["gate"] = {"members": _members(gate, 1 + len(parts)), **how}
    return BoxEnsemble.model_validate(held)


def finished(run: Run, ensemble: Ensemble) -> Run:
    """Write what `assembled` left: the ensemble as it is to be, where it comes from, and, last, the recipe."""
    save_ensemble(run.folder, ensemble)
    # no epoch: it is called 0, as before the first
    weights = {"sha256": sha256(weights_file(run.folder)), "epoch": 0}
    members = [{"name": one.name, "weights_sha256": one.weights_sha256} for one in ensemble.members]
    facts = {"weights": weights, "recipe": run.recipe.name, "ensemble_of": members}
    save_provenance(run.folder, facts | {"versions": versions(), "commit": commit(), "machine": host()})
    save_recipe(run.folder, run.recipe)
    return Run.open(run.folder)


def check_weights(parts: Sequence[Part]) -> None:
    """Refuse a weights file that is missing, or not the one that its Run names.

    Raises:
        RunError: with the file's name.
    """
    for part in parts:
        if not part.weights.is_file() or sha256(part.weights) != part.facts["sha256"]:
            raise RunError(
                f"{part.weights}: missing, or its sha256 is not the one that its Run names. Copy the Run again."
            )


def copy_files(run: Run, folder: Path, *, but: tuple[str, ...] = ()) -> None:
    """The Run's own files, without checkpoints, exports, what only a resumed training needs, and those in `but`."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(run.folder.iterdir()):
            # an export is of one network and its own fits: what is assembled is exported anew
            if path.is_file() and path.name not in (*LEFT_OUT, *but) and not path.name.startswith((PREFIX, EXPORTED)):
                with replacing(folder / path.name) as temporary:
                    shutil.copyfile(path, temporary)


def _copy(part: Part, folder: Path) -> None:
    copy_files(part.run, folder)
    if part.weights != part.run.folder / WEIGHTS:
        with replacing(folder / WEIGHTS) as temporary:
            shutil.copyfile(part.weights, temporary)
        write_json(folder / PROVENANCE, part.run.provenance | {"weights": dict(part.facts)})


def _folder(number: int, part: Part) -> str:
    return f"{MEMBERS}/{number:02}-{re.sub('[^A-Za-z0-9._-]+', '-', part.name)}"


def _members(parts: Sequence[Part], first: int) -> tuple[Member, ...]:
    """The parts with equal weights, in folders numbered from `first`."""
    return tuple(
        Member(folder=_folder(number, part), name=part.name, weights_sha256=part.facts["sha256"], weight=1 / len(parts))
        for number, part in enumerate(parts, start=first)
    )


def _findings(parts: Sequence[Part], join: bool, kind: str) -> Findings:
    """Those of the first, with `join` followed by those that only others speak of."""
    first, names = parts[0].run.findings, list(parts[0].run.findings)
    for part in parts:
        if part.run.task.kind != kind:
            raise RunError(f"{part.run.folder}: it gives {part.run.task.kind}. Expected Runs that give {kind}.")
        own = part.run.findings
        if not join and (len(own) != len(first) or any(name not in first for name in own)):
            raise RunError(
                f"{part.run.folder} speaks of {listed(own)}, and {parts[0].run.folder} of {listed(first)}. "
                "Expected the same findings, in any order; or --join to put different ones side by side."
            )
        names += [name for name in own if name not in Findings(tuple(names))]
    return Findings(tuple(names))


def _recipe(parts: Sequence[Part], findings: Findings, out: Path) -> Recipe:
    """What can be asked of an ensemble's recipe: its name, findings and features; the rest is the first member's."""
    recipes = [part.run.recipe for part in parts]
    features: dict[str, dict[str, Any]] = {}
    for recipe in recipes:
        features |= recipe.features
    update = {
        "name": out.resolve().name,
        "description": f"{len(parts)} Runs: {listed([part.name for part in parts], 5)}",
        "findings": tuple(findings),
        "features": features,
    }
    return recipes[0].model_copy(update=update)
