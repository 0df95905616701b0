"""The map of the house, held against the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("drawdown", "probes", "collector", "alerts", "grafana", "sandbox", "monitor")
MAY_IMPORT = {
    "drawdown": set(),
    "probes": {"drawdown"},
    "collector": {"drawdown"},
    "alerts": {"drawdown"},
    "grafana": {"drawdown"},
    "sandbox": {"drawdown"},
    "monitor": set(ROOMS),
}


def modules(room: str) -> Iterator[Path]:
    return (ROOT / room).rglob("*.py")


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_lies_below_it(room):
    allowed = MAY_IMPORT[room] | {room}
    wrong = {
        (str(module.relative_to(ROOT)), name)
        for module in modules(room)
        for name in imports(module)
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in allowed
    }
    assert wrong == set()


def test_the_promql_engine_needs_nothing_of_the_alerts_around_it():
    wrong = {
        (module.name, name)
        for module in (ROOT / "alerts" / "promql").rglob("*.py")
        for name in imports(module)
        if name.startswith("alerts") and not name.startswith("alerts.promql")
    }
    assert wrong == set()


def test_only_the_command_line_reads_the_environment():
    readers = {
        str(module.relative_to(ROOT))
        for room in ROOMS
        for module in modules(room)
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers <= {"monitor/cli.py"}


def test_nothing_is_global():
    wrong = {
        str(module.relative_to(ROOT))
        for room in ROOMS
        for module in modules(room)
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Global)
    }
    assert wrong == set()
