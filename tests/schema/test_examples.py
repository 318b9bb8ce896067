"""The examples in the docstrings of the nouns and of the datasets are true."""

import doctest
import importlib
import pkgutil

import pytest

ROOMS = ("hilum.schema", "hilum.datasets")
MODULES = [
    f"{room}.{module.name}" for room in ROOMS for module in pkgutil.iter_modules(importlib.import_module(room).__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_examples_were_found() -> None:
    tried = sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES)
    assert tried >= 8
