"""Odoo's own command line, but each of its tests runs with every module loaded.

Odoo runs a test that is tagged ``at_install`` while the modules that come later are not loaded yet:
the addon would have no part in it. Here these tests run with those tagged ``post_install``. With an
empty BROWSER in the environment, tests that need a browser are skipped.
"""

import os
import sys
import unittest

from odoo import cli
from odoo.tests import common, loader


def _every_position(modules, position, make_suite=loader.make_suite):
    return make_suite(modules, "at_install,post_install" if position == "post_install" else "-*")


def _no_browser():
    raise unittest.SkipTest("without a browser")


loader.make_suite = _every_position
if not os.environ["BROWSER"]:
    common._find_executable = _no_browser
sys.argv[0] = "odoo"
cli.main()
