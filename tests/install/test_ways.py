"""The pages of docs/install, from nothing to a counted open: their lines, as they are typed."""

import re

import pytest
from place import PAGES, commands, counted_open, database

from dev import paths
from dev.json_rpc import Odoo
from dev.release import tree


def test_zip(browser, downloads, inbox, place, tmp_path):
    addons = tmp_path / "addons"
    addons.mkdir()
    name = database("mail_engagement_install_zip")
    own = {"/opt/odoo/addons": addons, "DATABASE=production": f"DATABASE={name}"}
    place.run(commands("zip.md", **own), downloads)
    with place.serve(name, inbox, "--addons-path", addons) as server:
        counted_open(Odoo(server.url, name), inbox, browser)


def test_odoo_sh(browser, inbox, place, release, tmp_path):
    """A project's repository, cloned with its submodules, as Odoo.sh does with what is pushed."""
    published, project, pushed = (tmp_path / each for each in ("published", "project", "pushed"))
    git = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow",
        "GIT_CONFIG_VALUE_0": "always",
    }
    place.run(f"git init -q --bare {published}; git init -q --bare {pushed}", tmp_path)
    place.run(f"git clone -q {pushed} {project}", tmp_path)
    tree.commit_branch(release.tree, release.version, repository=published)
    place.run("git commit -q --allow-empty -m Begin; git push -q -u origin HEAD", project)
    place.run(commands("odoo-sh.md", ADDRESS=published), project, **git)

    built = tmp_path / "built"
    place.run(f"git clone -q --recurse-submodules {pushed} {built}", tmp_path, **git)
    place.run("find . -name requirements.txt -exec pip install -r {} +", built)
    name = database("mail_engagement_install_odoo_sh")
    addons = ["--addons-path", built / "engagement"]
    install = (
        f"odoo -d {name} --addons-path {addons[1]} -i {paths.ADDON} --stop-after-init --no-http"
    )
    place.run(install, built)
    with place.serve(name, inbox, *addons) as server:
        counted_open(Odoo(server.url, name), inbox, browser)


def dockerfile():
    return (paths.ROOT / "deploy" / "Dockerfile").read_text()


def test_the_page_has_the_lines_of_the_dockerfile():
    [shown] = re.findall(r"```dockerfile\n(.*?)```", (PAGES / "docker.md").read_text(), re.S)
    lines = [line for line in dockerfile().splitlines() if not line.startswith("#")]
    assert shown.splitlines() == lines


def test_the_image_gets_every_addon():
    where = "/usr/lib/python3/dist-packages/odoo/addons/"
    copied = re.findall(rf"^COPY (\S+) {where}(\S+)$", dockerfile(), re.M)
    assert copied == [(name, name) for name in paths.addons()]


@pytest.mark.parametrize("text", [commands("zip.md"), dockerfile()])
def test_the_packages_are_those_of_the_manifest(text):
    [said] = re.findall(r"pip install (?:--\S+\s+|\\\n\s*)*([a-z -]+)$", text, re.M)
    required = tree.manifest(paths.ROOT).external_dependencies["python"]
    assert sorted(said.split()) == sorted(required)
