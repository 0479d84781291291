"""The examples that ship can be used as they are."""

from pathlib import Path

import pytest
from engagement_relay import config

FOLDER = Path(__file__).parent.parent / "deploy" / "config"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.name)
def test_example(path):
    found = config.load(str(path), {})
    assert found.spool == path.name.partition(".")[0].partition("-")[0]


@pytest.mark.parametrize("kind", ["redis", "nats"])
def test_what_only_one_spool_has_is_shown_with_it(kind):
    shown = config.tomllib.loads((FOLDER / f"{kind}.toml").read_text())
    assert {name for name in vars(config.Config()) if name.startswith((f"{kind}_", "shared_"))} <= (
        shown.keys()
    )


def test_the_full_one_shows_every_default():
    shown = config.tomllib.loads((FOLDER / "sqlite.toml").read_text())
    expected = {name: value for name, value in vars(config.load(None, {})).items()}
    own = {name for name in expected if name.startswith(("redis_", "nats_", "shared_"))} | {
        "source"
    }
    assert shown.keys() == expected.keys() - own
    for name, value in shown.items():
        assert type(expected[name])(value) == expected[name], name
