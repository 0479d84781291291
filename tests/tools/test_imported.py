"""Odoo runs only what ``tests`` imports; pytest runs every file. Both are to run the same."""

import ast

import pytest

from dev import paths
from dev.test import WITHOUT_ODOO


def attributes(package):
    """What a package's ``__init__.py`` takes from its own folder, by name.

    Odoo looks no deeper than the attributes of ``tests`` (``odoo/tests/loader.py``), so the tests
    of a folder have to be taken over with ``from .folder import *``; of two with one name the
    later one is all that is left.

    :param pathlib.Path package: a folder
    :rtype: dict[str, pathlib.Path]
    """
    found = {}
    for node in ast.parse((package / "__init__.py").read_text()).body:
        if not isinstance(node, ast.ImportFrom) or node.level != 1:
            continue
        folder = package / (node.module or "").replace(".", "/")
        names = [alias.name for alias in node.names]
        found |= attributes(folder) if names == ["*"] else {n: folder / f"{n}.py" for n in names}
    return found


def forgotten(package):
    """The test files below a package that Odoo does not run."""
    files = {
        path
        for path in package.rglob("test_*.py")
        if path.relative_to(package).parts[0] not in WITHOUT_ODOO
    }
    return files - set(attributes(package).values())


@pytest.mark.parametrize("addon", paths.addons().values(), ids=lambda folder: folder.name)
def test_odoo_runs_every_test(addon):
    assert not forgotten(addon / "tests")


def test_the_check_sees_what_odoo_would_not_run(tmp_path):
    files = {
        "__init__.py": "from . import folder, test_known\nfrom .starred import *\n",
        "test_known.py": "",
        "test_forgotten.py": "",
        "tools/test_elsewhere.py": "",
        "folder/__init__.py": "from . import test_not_taken_over\n",
        "folder/test_not_taken_over.py": "",
        "starred/__init__.py": "from . import test_starred\nfrom .deep import *\n",
        "starred/test_starred.py": "",
        "starred/test_starless.py": "",
        "starred/deep/__init__.py": "from . import test_deep, test_starred\n",
        "starred/deep/test_deep.py": "",
        "starred/deep/test_starred.py": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert {str(path.relative_to(tmp_path)) for path in forgotten(tmp_path)} == {
        "test_forgotten.py",
        "folder/test_not_taken_over.py",
        "starred/test_starless.py",
        "starred/test_starred.py",
    }
