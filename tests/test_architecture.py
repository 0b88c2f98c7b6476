"""The house stays as designed: imports point one way, modules and functions stay short and explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "partyadmin"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

LONGEST_MODULE = 350
LONGEST_FUNCTION = 60

# Lowest first; a module may import from its own layer and from those before it.
LAYERS = (
    {"config", "db", "dictionary", "embedded"},
    {"models"},
    {"access", "audit", "workbook", "translations"},
    {"operations", "jobs"},
    {"identity", "views"},
    {"__init__", "cli", "install", "demonstration"},
)
# In an act, one noun may call another only downward along this line.
NOUNS = ("document", "account", "member", "report", "organisation", "change_order", "exchange")


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


def part_of(path: Path) -> str:
    """The first name below the package: what the layers speak of."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> Iterator[str]:
    """The dotted names that a module imports from the package, relative ones resolved."""
    parents = path.relative_to(ROOT).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("partyadmin"))
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(parents[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (base, node.module)))
            if module == "partyadmin":
                yield from (f"partyadmin.{alias.name}" for alias in node.names)
            elif module.startswith("partyadmin."):
                yield module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = part_of(path)
    for name in imports_of(path):
        other = name.split(".")[1]
        other = other if any(other in names for names in LAYERS) else "__init__"
        assert layer(other) <= layer(own), f"{own} imports {name} from a higher layer"


@pytest.mark.parametrize("path", sorted((PACKAGE / "operations").rglob("*.py")), ids=lambda path: path.stem)
def test_nouns_call_downward(path: Path) -> None:
    own = path.relative_to(PACKAGE / "operations").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for name in imports_of(path):
        parts = name.split(".")
        if parts[1] == "operations" and len(parts) > 2 and parts[2] in NOUNS:
            assert NOUNS.index(parts[2]) <= NOUNS.index(own), f"{own} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path.name}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_explained(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), f"{path.name} does not say what it is"
    models = part_of(path) in (
        "models",
        "views",
    )  # their classes are the tables and screens that the schema explains
    for node in tree.body:
        public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if public and not (models and isinstance(node, ast.ClassDef)):
            assert ast.get_docstring(node), f"{path.name}: {node.name} has no docstring"


def test_nothing_below_identity_knows_the_web() -> None:
    below = {name for names in LAYERS[:4] for name in names}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and part_of(path) in below:
                assert node.module not in ("flask", "flask_login"), f"{path.name} imports from {node.module}"


def test_no_session_level_setting() -> None:
    """Through a pooler a session-level SET reaches other clients; SET LOCAL does not."""
    for path in MODULES:
        assert not re.search(r'"SET (?!LOCAL |CONSTRAINTS )', path.read_text()), path.name


def test_no_module_is_called_utils() -> None:
    assert not [path for path in MODULES if path.stem in ("utils", "helpers", "common", "misc")]
