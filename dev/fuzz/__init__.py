"""What no client of ours sends, for every public route."""

import sys

from .. import paths

# The relay's package stands beside this one.
sys.path.insert(0, str(paths.ROOT / "relay"))
