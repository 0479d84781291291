"""What a command tells the person who called it."""

import sys


class Failure(Exception):
    """Something that the caller has to put right, in one line."""


def step(text):
    """Print one line of progress at once."""
    print(f"• {text}", flush=True)


def fail(failure):
    """Print the failure's line and end with exit code 1."""
    print(f"✗ {failure}", file=sys.stderr, flush=True)
    sys.exit(1)
