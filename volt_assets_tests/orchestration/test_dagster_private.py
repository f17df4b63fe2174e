"""Dagster's private names: each is there, and they are taken in one module only."""

import ast
import importlib
from pathlib import Path

import pytest

import volt_assets
from volt_assets.orchestration import dagster_private

PACKAGE = Path(volt_assets.__file__).parent
HOME = Path(dagster_private.__file__)


def private_imports(file: Path) -> list[tuple[str, str]]:
    """(module, name) of each import from a private module of Dagster's, those inside functions too."""
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dagster._"):
            found += [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "__name__") for alias in node.names if alias.name.startswith("dagster._")]
    return found


@pytest.mark.parametrize(("module", "name"), private_imports(HOME))
def test_each_private_name_is_there(module: str, name: str):
    assert hasattr(importlib.import_module(module), name)


def test_no_other_module_takes_a_private_name():
    others = {file.relative_to(PACKAGE): private_imports(file) for file in PACKAGE.rglob("*.py") if file != HOME}
    assert {file: names for file, names in others.items() if names} == {}
