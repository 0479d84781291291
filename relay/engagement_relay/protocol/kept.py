"""Which of an observation's keys may be kept under which policy: said here and nowhere else.

An edge keeps no more than its token's policy and today's allow, and Odoo stores no more than the
lower of the line's and today's, whatever the line holds. docs/privacy.md says what the levels mean.
"""

from .observation import Observation
from .token import Policy

# From which policy on. The others are kept wherever something is: what was asked for and when, and
# what the verdict needs: classes of agents and networks, and names that very many share.
KEPT_FROM: dict[str, int] = {
    **dict.fromkeys(("device_type", "client", "os", "country", "city", "source"), Policy.NO_IP),
    **dict.fromkeys(("ip", "user_agent"), Policy.FULL),
}


def level(policy: int, minimum: bool) -> int:
    """The policy that decides what is kept.

    :param policy: the lower of the token's and today's
    :param minimum: whether the edge did not know today's: then as if all were only counted
    """
    return min(policy, Policy.ANONYMOUS) if minimum else policy


def reduce(seen: Observation, policy: int) -> None:
    """Take out what may not be kept under the policy."""
    for name, lowest in KEPT_FROM.items():
        if policy < lowest:
            setattr(seen, name, None if name == "source" else "")
