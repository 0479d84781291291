"""Where somebody has their Odoo: without the addon, its packages, and all of this checkout."""

import os
import re
import secrets
import subprocess
import sysconfig
import venv
from importlib import metadata
from pathlib import Path

from dev import odoo_server, odoo_tree, paths, postgres
from dev.processes import Server, free_port, wait_until

PAGES = paths.ROOT / "docs" / "install"
CONFIGURATION = f"""\
[options]
data_dir = {paths.DATA}
http_interface = 127.0.0.1
max_cron_threads = 1
"""
ODOO = """\
#!{python}
import odoo.cli

odoo.cli.main()
"""
# What only the addon needs, with what that needs in turn.
LACKING = (
    "authres",
    "crawlerdetect",
    "dnspython",
    "publicsuffixlist",
    "pypdf",
    "pyspf",
    "standardwebhooks",
    "ua-parser",
    "ua-parser-builtins",
)


class Place:
    """A virtual environment with Odoo, as a distribution's packages give it to each program.

    :ivar Path bin: its programs, among them ``odoo`` and ``pip``
    :ivar Path packages: where its pip installs
    :ivar dict environment: in which commands are run in it
    """

    def __init__(self, folder):
        self.folder, self.bin = folder, folder / "bin"
        venv.create(folder, symlinks=True)
        variables = {"base": str(folder), "platbase": str(folder)}
        self.packages = Path(sysconfig.get_path("purelib", "venv", variables))
        present = f"{_without(folder / 'present')}\n{odoo_tree.python_path()}\n"
        (self.packages / "present.pth").write_text(present)
        self._program("odoo", ODOO.format(python=self.bin / "python"))
        self._program("pip", f'#!/bin/sh\nexec {self.bin}/python -m pip "$@"\n')
        (folder / "odoo.conf").write_text(CONFIGURATION)
        self.environment = {
            **os.environ,
            "ODOO_RC": str(folder / "odoo.conf"),
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.environment.pop("PYTHONPATH", None)

    def _program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, commands, cwd, **environment):
        """Run lines of the shell here, as somebody copies them.

        :return: what they print
        """
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=cwd,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not done.returncode, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout

    def serve(self, database, inbox, *arguments):
        """:return: Odoo as a server that is not started yet; its mails go to `inbox`"""
        port = free_port()
        one = ["-d", database, "--db-filter", f"^{database}$", "-p", port]
        smtp = ["--smtp", "127.0.0.1", "--smtp-port", inbox.port]
        return Server(
            [self.bin / "odoo", *one, *smtp, *arguments],
            port,
            self.folder / f"odoo-{database}.log",
            "/web/health",
            env=self.environment,
        )


def _without(folder):
    """Return `folder` with the packages of this environment but those that are lacking."""
    folder.mkdir()
    site = Path(sysconfig.get_path("purelib"))
    left_out = {
        file.parts[0]
        for name in LACKING
        for file in metadata.files(name)
        if file.parts[0] not in ("..", "__pycache__")
    }
    assert left_out
    # An old pip names what it writes down of a package by its version as well.
    left_out |= {entry.name for name in LACKING for entry in site.glob(f"{name}-*.egg-info")}
    for entry in site.iterdir():
        if entry.name not in left_out and entry.suffix != ".pth":
            (folder / entry.name).symlink_to(entry)
    return folder


def commands(page, **changes):
    """Return what the page of docs/install has somebody type, in one text.

    :param changes: for what stands there as an example
    """
    text = "\n".join(re.findall(r"^```sh\n(.*?)^```", (PAGES / page).read_text(), re.M | re.S))
    for example, own in changes.items():
        assert example in text, f"{page} does not say {example} any more"
        text = text.replace(example, str(own))
    return text


def database(name):
    """Make the database `name`, of an Odoo that never heard of the addon."""
    postgres.copy(odoo_server.base(), name)
    postgres.execute(
        name,
        "DELETE FROM ir_model_data WHERE model = 'ir.module.module' AND name LIKE %s",
        [f"module_{paths.ADDON}%"],
    )
    postgres.execute(name, "DELETE FROM ir_module_module WHERE name LIKE %s", [f"{paths.ADDON}%"])
    return name


def counted_open(odoo, inbox, browser):
    """Set up as an administrator does, write to a contact, who opens it: once, by a person."""
    set_up(odoo)
    address = new_address()
    read(browser, write_to(odoo, inbox, address))
    wait_for_the_open(odoo, address)


def new_address():
    """Nobody's yet, so that no mail of another walk is taken for one to them."""
    return f"carla-{secrets.token_hex(4)}@customer.example.com"


def set_up(odoo):
    # A new Odoo does not know what its mails come from.
    odoo.call("res.users", "write", [2], {"email": "admin@company.example.com"})
    for wizard in ("mail.engagement.terms.wizard", "mail.engagement.permission.wizard"):
        odoo.call(wizard, "action_accept", odoo.call(wizard, "create", [{}]))
    odoo.call("res.company", "write", [1], {"engagement_enabled": True})


def write_to(odoo, inbox, address):
    """:return: the mail's body, as it arrives"""
    contact = odoo.call("res.partner", "create", {"name": "Carla", "email": address})
    odoo.write_to(contact, "res.partner", contact, "Dear Carla, this is our offer.")
    return inbox.next_to(address).get_body(("html",)).get_content()


def read(browser, body):
    """Open a mail as its recipient does; returns when the pixel has come."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    with page.expect_response(re.compile("/o/")) as pixel:
        page.set_content(body)
    assert pixel.value.status == 200
    context.close()


def wait_for_the_open(odoo, address):
    """A mail to `address` was opened once, and by a person."""

    def events():
        mail = [["tracking_id.email_normalized", "=", address], ["verdict", "!=", False]]
        return odoo.call("mail.engagement.event", "search_read", mail, ["type", "verdict"])

    found = [(event["type"], event["verdict"]) for event in wait_until(events, "the open")]
    assert found == [("open", "human")]
    [mail] = odoo.call(
        "mail.engagement.tracking",
        "search_read",
        [["email_normalized", "=", address]],
        ["open_count"],
    )
    assert mail["open_count"] == 1
