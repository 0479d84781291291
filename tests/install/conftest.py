"""A release, and what a person has besides: an Odoo, a mail server, a browser. All real."""

import shutil

import pytest
from place import Place

from dev import chromium
from dev.inbox import Inbox
from dev.release import dist


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """That of the last commit; the files of this checkout have no part in it."""
    return dist.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture
def downloads(release, tmp_path):
    """The folder in which somebody has the files of the release, and nothing else."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for file in (release.zip, *release.wheels.values(), release.relay_wheel):
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "place")


@pytest.fixture(scope="session")
def inbox():
    """The SMTP server that Odoo sends through."""
    with Inbox() as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """Real Chromium."""
    with chromium.running() as started:
        yield started
