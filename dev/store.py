"""Things in the cache, each under the hash of what it was made from.

A folder counts as finished only with its mark, which is written last, so that an interrupted
set-up is made again; a lock keeps two set-ups apart.
"""

import contextlib
import fcntl
import hashlib
import shutil

from . import paths


def digest(*parts):
    """Return twelve hex digits for `parts`, any objects."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:12]


@contextlib.contextmanager
def locked(name):
    """Hold the cache's lock `name`; waits for who holds it."""
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    with (paths.CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def made(name, key, make):
    """Return the folder `name`-`key`, made by ``make(folder)`` unless it is finished."""
    folder = paths.CACHE / f"{name}-{key}"
    if (folder / ".finished").exists():
        return folder
    with locked(name):
        if not (folder / ".finished").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)
            (folder / ".finished").touch()
    return folder
