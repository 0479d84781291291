"""The benchmarks: each prints one line of JSON last; Odoo's shell runs what lies in ``inside``."""

import sys

from .. import paths

INSIDE = paths.ROOT / "dev" / "bench" / "inside"

# The relay's package stands beside this one.
sys.path.insert(0, str(paths.ROOT / "relay"))
