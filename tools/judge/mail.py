"""One recipient's mail while it is judged: what was seen, and what is decided so far."""

import math
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

from .types import HUMAN, MACHINE, UNKNOWN, Rules, Seen, Verdict, Verdicts

# Seconds between showing a mail and following its first link: less is no reading.
READING = 1.5
APPLE = ("iOS", "macOS")
# Seconds after sending: until then a desktop computer that changes its address is a scanner.
SETTLED = 300
# What shows that somebody read the mail, from the weakest to the strongest; see Mail.trace.
TRACES = ("", "elsewhere", "fetched", "moved", "private", "proxied", "own")
# Those that say nothing for the click's own host.
UNREAD = ("", "elsewhere", "fetched")


@dataclass(slots=True)
class Mail:
    """
    :ivar seen: the events that are compared with each other, by time
    :ivar links: how many different links and files the mail has, if that is known
    :ivar verdicts: what is decided; an event without one is still open, and a person's in the end
    :ivar alone: keys of the events whose own request decided, whatever else was seen
    :ivar opens: of ``seen``
    :ivar of_target, of_source: ``seen`` by what was asked for, and from where
    """

    seen: list[Seen]
    rules: Rules
    links: int | None
    verdicts: Verdicts
    alone: frozenset[Hashable]
    opens: list[Seen] = field(init=False)
    of_target: dict[object, list[Seen]] = field(init=False)
    of_source: dict[int | None, list[Seen]] = field(init=False)
    # The opens by each of their possible causes: Mail.trace is asked for each click.
    _of: dict[object, list[Seen]] = field(init=False)

    def __post_init__(self) -> None:
        self.opens = [event for event in self.seen if event.type == "open"]
        self.of_target, self.of_source = defaultdict(list), defaultdict(list)
        for event in self.seen:
            self.of_target[event.target].append(event)
            self.of_source[event.source].append(event)
        self._of = defaultdict(list)
        for event in self.opens:
            for cause in _causes(event):
                self._of[cause].append(event)

    def is_undecided(self, event: Seen) -> bool:
        """Whether nothing speaks against a person yet."""
        return event.key not in self.verdicts

    def is_condemned(self, event: Seen) -> bool:
        """Whether it is a machine's, or the sender's own."""
        verdict = self.verdicts.get(event.key)
        return verdict is not None and verdict.verdict not in (HUMAN, UNKNOWN)

    def condemn(self, event: Seen, reason: str, **params: object) -> None:
        """It is a machine's."""
        self.verdicts[event.key] = Verdict(MACHINE, reason, params)

    def condemn_opens(self, visit: list[Seen]) -> None:
        """The opens of the same actor around a machine's visit are that machine's."""
        start, end = visit[0].at - 60, visit[-1].at + 60
        for event in self.opens:
            if (
                start <= event.at <= end
                and self.is_undecided(event)
                and event.actor == visit[0].actor
            ):
                self.condemn(event, "scanner_visit")

    def trace(self, click: Seen, within: float = math.inf) -> str:
        """What shows that somebody read the mail before this click.

        :param within: seconds before the click: what others showed them earlier counts for
            nothing; Apple's proxy comes once, at any time
        :return: ``own`` the same actor opened it; ``proxied`` an image proxy fetched it for them;
            ``private`` Apple's did, which fetches unread mails as well; ``moved`` the same kind of
            device and program opened it at another place, as phones do at any time; ``fetched``
            the actor loaded the picture with the links, as only a program does; ``elsewhere``
            somebody opened it at another place; empty: nothing
        """
        if click.anonymous:
            return ""
        shown, since = click.at - READING, click.at - within
        own = self._opened(click.actor)
        if own <= shown:
            return "own"
        if self._opened("image_proxy", since) <= shown:
            return "proxied"
        if click.os in APPLE and self._opened("privacy") <= shown:
            return "private"
        if self._opened(click.device, since) <= shown:
            return "moved"
        if own <= click.at + READING:
            return "fetched"
        return "elsewhere" if self._opened("elsewhere", since) <= shown else ""

    def read_for(self, click: Seen) -> float:
        """Seconds between the actor's first open and this click; negative without one."""
        return click.at - self._opened(click.actor)

    def _opened(self, cause: object, since: float = -math.inf) -> float:
        """When the first of these opens was that is not a machine's; infinity without one."""
        return next(
            (
                event.at
                for event in self._of.get(cause, ())
                if event.at >= since and not self.is_condemned(event)
            ),
            math.inf,
        )


def _causes(event: Seen) -> tuple[object, ...]:
    """As what an open may be a trace of somebody; see Mail.trace."""
    if event.agent in ("image_proxy", "privacy"):
        return (event.agent,)
    if event.is_suspicious:
        return (event.actor,)
    if event.is_handheld or event.t is None or event.t >= SETTLED:
        return event.actor, event.device, "elsewhere"
    return event.actor, "elsewhere"
