"""What a share that was counted proves at least."""

import math

_Z95 = 1.959963984540054


def wilson(successes: float, trials: float) -> float | None:
    """Lower bound of the 95 % confidence interval of a share (Wilson 1927).

    :return: None without trials
    """
    if not trials:
        return None
    share, z2 = successes / trials, _Z95**2
    middle = share + z2 / (2 * trials)
    spread = _Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return max(0.0, (middle - spread) / (1 + z2 / trials))
