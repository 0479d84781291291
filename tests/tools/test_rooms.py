"""The rooms of ``models/``: a room knows of the rooms before it, never of one after it.

The addons of ``addons`` come after all of them.
"""

import ast
import re
from pathlib import Path

import pytest

from dev import paths

MODELS = Path(__file__).resolve().parents[2] / "models"
# In a string: the technical name of a model of ours, or its table in a query.
OURS = re.compile(r"\bmail[._]engagement[._][a-z._]+")


def rooms():
    """The rooms in the order in which they are loaded: that of dependence."""
    tree = ast.parse((MODELS / "__init__.py").read_text())
    return [alias.name for node in tree.body for alias in node.names]


def homes():
    """The room of each model of ours, by its technical name and by its table."""
    found = {}
    for path in MODELS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_name":
                name = node.value.value
                found[name] = found[name.replace(".", "_")] = path.parent.name
    return {name: room for name, room in found.items() if name.startswith(("mail.e", "mail_e"))}


def mentions(path, known):
    """The other rooms that a file speaks of, each with the words."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 2:
            yield node.module.partition(".")[0], node.module
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
        ):
            for name in OURS.findall(node.value):
                if room := known.get(name.rstrip("._")):
                    yield room, name


@pytest.mark.parametrize("room", rooms())
def test_a_room_knows_only_of_those_before_it(room):
    order, known = rooms(), homes()
    above = set(order[order.index(room) + 1 :])
    reached = {
        f"{path.relative_to(MODELS)} speaks of {other} ({words})"
        for path in (MODELS / room).glob("*.py")
        for other, words in mentions(path, known)
        if other in above
    }
    assert not reached


def test_an_addon_that_joins_two_is_known_to_neither():
    """Nobody else speaks of it: whoever has not what it joins would fail."""
    glue = re.compile(rf"\b({'|'.join(paths.glue())})\b")
    assert glue.search("mail_engagement_sale")
    reached = {
        (str(path.relative_to(paths.ROOT)), word)
        for name, addon in paths.addons().items()
        for folder in ("controllers", "data", "models", "static/src", "tools", "views", "wizards")
        for path in (addon / folder).rglob("*.*")
        for word in glue.findall(path.read_text(errors="replace"))
        if word != name
    }
    assert not reached


def test_every_model_is_loaded():
    for folder in [MODELS, *(MODELS / room for room in rooms())]:
        loaded = {
            alias.name
            for node in ast.parse((folder / "__init__.py").read_text()).body
            for alias in node.names
        }
        there = {
            path.stem
            for path in folder.iterdir()
            if path.is_dir()
            and path.name != "__pycache__"
            or path.suffix == ".py"
            # What others import holds no model.
            and re.search(r"^    _(name|inherit) = ", path.read_text(), re.M)
        }
        assert there == loaded


def test_the_rule_sees_a_room_that_reaches_up(tmp_path):
    file = tmp_path / "low.py"
    file.write_text(
        '"""Speaks of mail.engagement.high."""\n'
        "from ..high.thing import X\n"
        'A = env["mail.engagement.high"]\n'
        'B = "SELECT id FROM mail_engagement_high"\n'
        'C = env.ref("mail_engagement.high_action")\n'
    )
    known = {"mail.engagement.high": "high", "mail_engagement_high": "high"}
    assert [room for room, _words in mentions(file, known)] == ["high"] * 3
