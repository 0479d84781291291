"""What a share that was counted proves: the 95 % confidence interval of Wilson (1927)."""

import math

Z95 = 1.959963984540054
# Up to so many a share is shown as its interval: Brown, Cai and DasGupta, "Interval Estimation for
# a Binomial Proportion" (2001), who recommend Wilson's for 40 and fewer.
FEW = 40


def interval(successes: float, trials: float) -> tuple[float, float] | None:
    """Lower and upper bound of a share.

    :return: between 0 and 1; None without trials
    """
    if not trials:
        return None
    share, z2 = successes / trials, Z95**2
    middle = share + z2 / (2 * trials)
    spread = Z95 * math.sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    whole = 1 + z2 / trials
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def wilson(successes: float, trials: float) -> float | None:
    """Lower bound of a share; None without trials."""
    bounds = interval(successes, trials)
    return bounds and bounds[0]


def percent(successes: int, trials: int) -> str:
    """A share in per cent, as it is shown: ``42``, and where numbers are small ``20–60``.

    :return: empty without trials
    """
    bounds = interval(successes, trials)
    if not bounds:
        return ""
    if trials > FEW:
        return str(round(100 * successes / trials))
    return f"{math.floor(100 * bounds[0])}–{math.ceil(100 * bounds[1])}"
