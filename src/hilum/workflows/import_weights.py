"""Import: weights that others published, as a Run that says of an image what the owner's own code says.

Nothing was learned here, so that the Run keeps no split and no log: `predict`, `read`, `explain` and `evaluate` take it
like any other, `calibrate --split all` fits it to a site of one's own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hilum.evaluation import Calibration, OperatingPoints
from hilum.evaluation.calibrators.lines import Staircase
from hilum.evaluation.thresholds import OperatingPoint
from hilum.models import Classifier
from hilum.models.checkpoint import read_order, read_tensors
from hilum.models.importing import Outputs, fill_classifier, fill_encoder
from hilum.models.published import Weights, catalog, published
from hilum.runs import Recipe, Run
from hilum.runs.build import build_model
from hilum.runs.provenance import commit, versions
from hilum.runs.recipes import validated
from hilum.runs.run import sha256
from hilum.runs.save import only_setup, save_encoder, save_provenance, save_setup, save_weights
from hilum.schema import ConfigError, Findings, RunError
from hilum.schema.files import check_out_file, check_out_folder
from hilum.workflows.fetch_weights import weights_file
from hilum.workflows.hub import START, hub_encoder

NEVER = 0  # the epoch of weights that learned nothing here
MOVED = "owner's operating points"  # what the calibration of such a Run is called


def import_weights(name: str, out: Path, *, file: Path | None = None) -> Run:
    """Make a Run of published weights.

    Args:
        name: source and name, as in `txrv:densenet121-res224-all` (`hilum ls weights`).
        out: the Run's folder, new or empty.
        file: the weights' file, where it is at hand; otherwise it is looked for and fetched.

    Raises:
        ConfigError: for a name that is not known, weights without findings, and a file that holds something else.
        DependencyError: when the file is not at hand and cannot be fetched.
    """
    weights = published(name)
    if weights.inside is not None and weights.findings:
        raise ConfigError(f"{name}: a Run already. Expected its folder in place of a Run: {weights.inside.parent}.")
    if not weights.findings:
        raise ConfigError(f"{name}: an encoder without findings makes no Run. Give -o NAME.safetensors instead.")
    _check_new(out)
    path = weights_file(weights, file)
    recipe = _recipe(weights)
    outputs = _outputs(weights, path)
    facts = {key: getattr(weights, key) for key in ("license", "address", "learned_from", "way")}
    left = [name for place, name in enumerate(weights.outputs) if name and place not in weights.learned]
    run = _imported(recipe, path, out, outputs, facts={"name": name, **facts, "not_learned": left})
    _keep_thresholds(run, weights)
    return run


def import_file(path: Path, recipe: Recipe, out: Path, *, by_order: bool = False) -> Run:
    """Make a Run of any weights file, of the classifier that a recipe names.

    Args:
        path: .safetensors, or a PyTorch state dict or network.
        recipe: whose model, findings (in the order of the file's outputs) and preprocess are the file's.
        out: the Run's folder, new or empty.
        by_order: take the encoder's tensors in the order of both instead of by name.

    Raises:
        ConfigError: when the file does not hold all of that classifier.
    """
    _check_new(out)
    count = len(Findings.of(recipe.findings))
    return _imported(recipe, path, out, Outputs(range(count), count), facts={"name": path.name}, by_order=by_order)


def import_encoder(name: str, out: Path, *, file: Path | None = None) -> tuple[str, ...]:
    """Write the weights of an encoder that speaks of no findings as one .safetensors file for `model.pretrained`.

    Args:
        name: source and name, as in `hf:microsoft/rad-dino`; or `hf:OWNER/NAME` of any network in timm's form.
        out: the file, which also says license, address, sha256 and preprocess of what it was made of.
        file: the weights' file, where it is at hand; of timm's form also their folder.

    Returns:
        What was taken, renamed and left out, in sentences.
    """
    check_out_file(out, (".safetensors",))
    known = any(weights.full_name == name for weights in catalog())
    if name.startswith(START) and not known:
        weights, path = hub_encoder(name, file)
    else:
        weights = published(name)
        path = weights_file(weights, file)
    recipe = _recipe(weights, findings=("none",))
    model = _classifier(recipe, path)
    notes = fill_encoder(model, read_tensors(path, where=""), path=str(path))
    said = {key: str(getattr(weights, key)) for key in ("full_name", "encoder", "license", "address")}
    said |= {"sha256": sha256(path), "preprocess": recipe.preprocess.model_dump_json()}
    save_encoder(out, model.encoder.network, said)
    return notes


def _outputs(weights: Weights, path: Path) -> Outputs:
    """Which of the file's outputs are the Run's findings: by the catalog, or by the file itself."""
    if not weights.order:
        return Outputs(weights.learned, len(weights.outputs), weights.classes)
    order = read_order(path, weights.order)
    missing = [name for name in weights.findings if name not in order]
    if missing:
        raise ConfigError(f"{path}: has no output for {', '.join(missing)}. Expected {weights.full_name}.")
    return Outputs([order[name] for name in weights.findings], len(order), weights.classes)


def _recipe(weights: Weights, findings: tuple[str, ...] | None = None) -> Recipe:
    return validated(
        {
            "name": weights.full_name.replace(":", "-").replace("/", "-"),
            "description": f"Imported from {weights.full_name}; nothing was learned here.",
            "findings": findings or weights.findings,
            "model": {"name": "classifier", "encoder": weights.encoder, **weights.model},
            "preprocess": dict(weights.preprocess),
        }
    )


def _classifier(recipe: Recipe, path: Path) -> Classifier:
    model = build_model(recipe, pretrained=False)
    if not isinstance(model, Classifier):
        raise ConfigError(
            f"{path}: model.{recipe.model['name']} takes no weights of others. Expected model.classifier."
        )
    return model


def _imported(
    recipe: Recipe, path: Path, out: Path, outputs: Outputs, *, facts: Mapping[str, Any], by_order: bool = False
) -> Run:
    """Read, fill, write; nothing is written before the file has proved to hold all of the classifier."""
    model = _classifier(recipe, path)
    notes = fill_classifier(model, read_tensors(path, where=""), outputs, path=str(path), by_order=by_order)
    save_setup(out, recipe, None, None)
    known = {"recipe": recipe.name, "weights": save_weights(out, model, NEVER)}
    imported = {**facts, "file": path.name, "file_sha256": sha256(path)}
    model_facts = {"parameters": sum(weight.numel() for weight in model.parameters()), "notes": list(notes)}
    save_provenance(
        out, known | {"imported": imported, "model": model_facts, "versions": versions(), "commit": commit()}
    )
    return Run.open(out)


def _keep_thresholds(run: Run, weights: Weights) -> None:
    """Move each finding's operating point to 0.5, in a straight line on both sides, where its owner's code does so."""
    points = {weights.outputs[place]: weights.thresholds[place] for place in weights.learned if weights.thresholds}
    moved = {name: Staircase((0.0, point, 1.0), (0.0, 0.5, 1.0)) for name, point in points.items() if point is not None}
    if not moved:
        return
    by = {"by": "the weights' owner"}
    half = tuple(OperatingPoint(name, 0.5, None, None, None, 0, 0, fitted=False) for name in moved)
    run.save_artifact("calibration", Calibration(MOVED, dict(moved), fitted_on=by).to_dict())
    run.save_artifact("operating_points", OperatingPoints(MOVED, {}, half, fitted_on=by).to_dict())


def _check_new(out: Path) -> None:
    check_out_folder(out)
    if out.is_dir() and not only_setup(out):
        raise RunError(f"{out}: not empty. Expected a new folder for the Run.")
