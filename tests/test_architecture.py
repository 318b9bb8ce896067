"""The plan, held to: who may import whom, who may know torch, how long a file may be.

`LAYERS` is the table of docs/architecture.md: a package imports packages of lower layers, and those of its own layer
only where the layer says so. A package that is not in it fails the test.
"""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "hilum"
TESTS = Path(__file__).parent
LAYERS: dict[int, set[str]] = {
    1: {"schema", "registry", "engine", "device"},
    2: {"images", "datasets", "models", "evaluation", "phantom"},  # pillars: none imports another
    3: {"features", "audit", "explain", "reports"},
    4: {"data"},
    5: {"tasks"},
    6: {"runs"},
    7: {"inference", "outputs"},  # outputs: a Reading for other systems; workflows write with it
    8: {"workflows", "training"},
    9: {"serve"},
    10: {"cli"},
}
BESIDE = {"registry": {"schema"}, "engine": {"schema"}, "device": {"schema"}}  # within the lowest layer
LAYER = {package: layer for layer, packages in LAYERS.items() for package in packages}
# The command line does inside a command.
KNOWS_TORCH = {
    "cli",
    "device",
    "models",
    "explain",
    "data",
    "tasks",
    "runs",
    "inference",
    "training",
}
FREE = {"__init__", "__main__"}  # the face may reach everywhere
TORCH = {"torch", "torchvision", "timm", "kornia", "lightning_fabric", "captum", "segmentation_models_pytorch"}
MOST_LINES, MEDIAN_LINES = 300, 110
FILES = sorted(SOURCE.rglob("*.py"))


def package_of(file: Path) -> str:
    return file.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import. Expected the full name."
            yield node.module or ""
            if node.module == "hilum":
                yield from (f"hilum.{name.name}" for name in node.names)


def may_import(package: str, target: str) -> bool:
    return target == package or LAYER[target] < LAYER[package] or target in BESIDE.get(package, set())


def test_every_package_has_its_layer() -> None:
    assert len(FILES) > 200
    assert {package_of(file) for file in FILES} <= set(LAYER) | FREE


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_imports_point_down(file: Path) -> None:
    package = package_of(file)
    if package in FREE:
        return
    for name in imports(file):
        top, _, rest = name.partition(".")
        if top == "hilum":
            target = rest.split(".")[0]
            assert target, f"{file}: imports the package's own face."
            assert may_import(package, target), f"{file}: package '{package}' may not import '{target}'."
        if top in TORCH:
            assert package in KNOWS_TORCH, f"{file}: package '{package}' is torch-free, but imports {name}."


@pytest.mark.parametrize("file", [*FILES, *sorted(TESTS.rglob("*.py"))], ids=lambda file: file.name)
def test_files_are_small(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{file}: {lines} lines. Expected at most {MOST_LINES}: split it by what it does."


def test_most_files_are_smaller_still() -> None:
    median = statistics.median(len(file.read_text(encoding="utf-8").splitlines()) for file in FILES)
    assert median < MEDIAN_LINES


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_functions_fit_a_screen(file: Path) -> None:
    """At most 60 lines without the docstring; the training loop is the longest."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1
            assert lines <= 60, f"{file}: {node.name} has {lines} lines. Expected at most 60."


def test_no_package_without_a_noun() -> None:
    banned = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core"}
    assert not [file for file in FILES if file.stem in banned or banned & set(file.relative_to(SOURCE).parts)]
