"""Keys of the context are the user's to choose: which ones the addon reads, and why it may."""

import ast

from dev import paths

# What each leads to at most. tests/consent/test_protections.py tries them.
ASKED = {
    "SUMMED": "how a report adds up: by an object of Python's, which nobody can send",
    "active_ids": "which contacts a manager's wizard begins with",
    "default_message_id": "which message a reminder is of; whether it may be read is checked",
    "import_file": "in the proof of consent: an import, with who made it",
    "tz": "whose hours a report shows",
}


def asked(path):
    """The keys that a file reads of the context, each with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        key = None
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("context.get"):
            key = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("context"):
            key = node.slice
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]).endswith("context"):
            key = node.left
        if key is not None:
            name = key.value if isinstance(key, ast.Constant) else ast.unparse(key)
            yield name, f"{path.relative_to(paths.ROOT)}:{node.lineno}"


def test_each_key_of_the_context_is_known():
    found = {
        name: where
        for addon in paths.addons().values()
        for folder in ("models", "wizards", "controllers", "report")
        for path in (addon / folder).rglob("*.py")
        for name, where in asked(path)
    }
    assert found.keys() == ASKED.keys(), found
