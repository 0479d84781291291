"""What `make dist` makes of the last commit: what is in it, and what is not."""

import os
import subprocess
import sys
import zipfile

import pytest

from dev import paths
from dev.release import check, dist, tree
from dev.say import Failure

# What a new file at the top is has to be decided here, and in .gitattributes.
TOP = set(
    "CHANGELOG.md LICENSE README.md __init__.py __manifest__.py controllers data demo deploy docs"
    " hooks.py i18n models readme relay report security static tools views wizards".split()
)


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return dist.build(tmp_path_factory.mktemp("dist"))


def names(archive):
    with zipfile.ZipFile(archive) as packed:
        return [name for name in packed.namelist() if not name.endswith("/")]


def test_only_what_runs_is_in_it(release):
    inside = [name.split("/") for name in names(release.zip)]
    assert {name[0] for name in inside} == paths.addons().keys()
    inside = [name for name in inside if name[0] == paths.ADDON]
    assert {name[1] for name in inside} == TOP
    assert {name[2] for name in inside if name[1] == "static"} == {"description", "src"}
    relay = {"LICENSE", "README.md", "deploy", "engagement_relay", "pyproject.toml"}
    assert {name[2] for name in inside if name[1] == "relay"} == relay


def test_the_tree_is_a_branch_of_the_series(release):
    made = {path.name for path in release.tree.iterdir()}
    assert made == {"LICENSE", "README.md", "requirements.txt", *paths.addons()}
    for addon in release.addons.values():
        assert "whool" in (addon / "pyproject.toml").read_text()
    _comment, *required = (release.tree / "requirements.txt").read_text().splitlines()
    assert required == tree.manifest(release.addon).external_dependencies["python"]


def test_its_names_say_its_version(release):
    assert release.zip.name == f"mail_engagement-{release.version}.zip"
    wheel = f"odoo_addon_mail_engagement-{release.version}-py3-none-any.whl"
    assert release.wheels[paths.ADDON].name == wheel
    assert not [name for name in names(release.relay_wheel) if "tests" in name]


def test_the_same_commit_gives_the_same_bytes(release, tmp_path, monkeypatch):
    """Whatever the user's umask and time zone are."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        again = dist.build(tmp_path)
    finally:
        os.umask(before)
    for name in ("zip", "relay_wheel", "relay_sdist"):
        assert getattr(again, name).read_bytes() == getattr(release, name).read_bytes(), name
    for name, wheel in release.wheels.items():
        assert again.wheels[name].read_bytes() == wheel.read_bytes(), name


def test_the_relay_in_the_zip_can_be_installed(release, tmp_path):
    with zipfile.ZipFile(release.zip) as packed:
        packed.extractall(tmp_path)
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--target"]
    site = tmp_path / "site"
    subprocess.run([*pip, site, tmp_path / "mail_engagement" / "relay"], check=True)
    look = "from engagement_relay.detection import classify as c; print(len(c.Knowledge.default()))"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert int(done.stdout) > 100
    assert (site / "engagement_relay" / "py.typed").exists()


def test_a_file_that_is_in_one_of_them_only(release, tmp_path):
    other = tmp_path / release.zip.name
    other.write_bytes(release.zip.read_bytes())
    with zipfile.ZipFile(other, "a") as packed:
        packed.writestr("mail_engagement/models/tests/common.py", "")
    with pytest.raises(Failure, match="models/tests/common.py differs in mail_engagement"):
        check.contents(release._replace(zip=other))


@pytest.mark.parametrize(
    "name", ["dev/say.py", "models/tests/common.py", "hooks/test_hooks.py", "relay/.env"]
)
def test_a_file_for_developers(name):
    assert list(check.wrong_files(["README.md", "static/description/test_mail.png", name])) == [
        f"{name} is for developers"
    ]


def test_a_file_that_the_manifest_names_and_nobody_wrote(release):
    wanted = {
        **tree.manifest(release.addon).manifest_dict,
        "images": ["static/banner.png"],
        "assets": {"a": ["mail_engagement/static/srx/**/*", "mail_engagement/static/tests/*"]},
    }
    inside = [name.removeprefix("mail_engagement/") for name in names(release.zip)]
    assert list(check.missing_files(inside, wanted)) == [
        "static/banner.png is missing",
        "mail_engagement/static/srx/**/* finds nothing",
    ]


def test_the_version_is_the_newest_release():
    changes = "# Changes\n\n## 19.0.1.1.0 (2027-01-31)\n\n## 19.0.1.0.0 (2026-11-25)\n"
    assert not list(check.wrong_version("19.0.1.1.0", changes))
    assert len(list(check.wrong_version("19.0.1.0.0", changes))) == 1
    assert len(list(check.wrong_version("19.0.1.1.0", f"## Unreleased\n{changes}"))) == 1
    assert len(list(check.wrong_version("1.1.0", changes))) == 2


def test_the_branch_grows_by_what_has_changed(release, tmp_path, monkeypatch):
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.com")

    def git(*arguments):
        done = subprocess.run(
            ["git", *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    git("init", "-q")
    folder = tmp_path / "tree"
    folder.mkdir()
    dist.clean(tmp_path)
    (folder / "README.md").write_text("one")
    with pytest.raises(Failure, match=r"\?\? tree/"):
        dist.clean(tmp_path)
    first = tree.commit_branch(folder, "19.0.1.0.0", tmp_path)
    assert tree.commit_branch(folder, "19.0.1.0.0", tmp_path) == first
    (folder / "README.md").write_text("two")
    second = tree.commit_branch(folder, "19.0.1.0.1", tmp_path)
    assert git("log", "--format=%H", tree.SERIES) == [second, first]
    assert git("ls-tree", "-r", "--name-only", tree.SERIES) == ["README.md"]
    assert tree.commit_branch(release.tree, release.version, tmp_path) != second
    inside = git("ls-tree", "--name-only", tree.SERIES)
    assert inside == sorted(["LICENSE", "README.md", "requirements.txt", *paths.addons()])
