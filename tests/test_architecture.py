"""The plan, held to: who may import whom, who may know torch, how long a file may be.

`PACKAGES` is the table of docs/architecture.md. A package that is not in it fails the test.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "hilum"
TESTS = Path(__file__).parent
LAYERS_1_TO_4 = {"schema", "registry", "engine", "images", "models", "evaluation", "features", "tasks", "explain"}
PACKAGES: dict[str, set[str]] = {
    "schema": set(),
    "registry": {"schema"},
    "engine": {"schema"},
    "images": {"schema", "registry", "engine"},
    "datasets": {"schema", "registry"},
    "phantom": {"schema", "registry", "engine"},
    "models": {"registry", "schema"},
    "evaluation": {"schema", "registry"},
    "features": {"schema", "registry", "engine", "images"},
    "audit": {"schema", "registry", "engine", "images"},
    "tasks": {"schema", "registry"},
    "explain": {"schema", "registry", "models", "images"},
    "reports": {"schema", "images", "evaluation"},
    "runs": LAYERS_1_TO_4,
    "training": {"schema", "registry", "images", "features", "tasks", "models", "evaluation", "runs"},
    "serve": LAYERS_1_TO_4 | {"reports", "audit", "runs"},
}
KNOWS_TORCH = {"models", "tasks", "explain", "runs", "training"}
FREE = {"cli", "__init__", "__main__"}  # the face and the command line may reach everywhere
TORCH = {"torch", "torchvision", "timm", "kornia", "lightning_fabric", "captum", "segmentation_models_pytorch"}
MOST_LINES = 300
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


def test_there_are_packages() -> None:
    assert len(FILES) > 20
    assert {package_of(file) for file in FILES} <= set(PACKAGES) | FREE


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
            assert target == package or target in PACKAGES[package], (
                f"{file}: package '{package}' may not import '{target}'."
            )
        if top in TORCH:
            assert package in KNOWS_TORCH, f"{file}: package '{package}' is torch-free, but imports {name}."


@pytest.mark.parametrize("file", [*FILES, *sorted(TESTS.rglob("*.py"))], ids=lambda file: file.name)
def test_files_are_small(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{file}: {lines} lines. Expected at most {MOST_LINES}: split it by what it does."


def test_no_package_without_a_noun() -> None:
    banned = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core"}
    assert not [file for file in FILES if file.stem in banned or banned & set(file.relative_to(SOURCE).parts)]
