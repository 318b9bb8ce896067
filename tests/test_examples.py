"""Every example in a docstring is true."""

import doctest
import importlib
import pkgutil

import pytest

import hilum

MODULES = [file.name for file in pkgutil.walk_packages(hilum.__path__, "hilum.") if file.name != "hilum.__main__"]


def test_examples_were_found() -> None:
    tried = sum(doctest.testmod(importlib.import_module(name)).attempted for name in MODULES)
    assert tried >= 80


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
