"""The same link from two places within seconds: one person's at most."""

from .mail import TRACES, Mail
from .types import HUMAN, Seen, Verdict


def judge_repeats(mail: Mail) -> None:
    """Keep of each link's clicks within seconds those of one reader.

    Programs that look at what a person follows do so at that moment, from an ordinary network as
    well: a virus scanner, a browser's own check. A person's two devices are slower. Networks where
    scanners work are judge_visits' concern.
    """
    for events in mail.of_target.values():
        clicks = [event for event in events if _is_comparable(event, mail)]
        group: list[Seen] = []
        for click in clicks:
            if group and click.at - group[0].at > mail.rules.echo:
                _judge_group(group, mail)
                group = []
            group.append(click)
        _judge_group(group, mail)


def _is_comparable(event: Seen, mail: Mail) -> bool:
    return (
        event.is_followed
        and event.key not in mail.alone
        and event.source is not None
        and not event.is_suspicious
        and not event.is_local
        and not event.anonymous
    )


def _judge_group(group: list[Seen], mail: Mail) -> None:
    if len({click.source for click in group}) < 2:
        return
    # The first of those that look most like the reader.
    reader = max(group, key=lambda click: _likeness(click, mail))
    for click in group:
        if click.source == reader.source or not mail.is_undecided(click):
            continue
        if click.device == reader.device and click.is_handheld:
            # A phone between two networks.
            mail.verdicts[click.key] = Verdict(HUMAN, "same_view")
        else:
            mail.condemn(click, "repeated")


def _likeness(click: Seen, mail: Mail) -> tuple[bool, int, bool]:
    """How much it looks like the reader of the mail; the greatest does most."""
    return (
        mail.is_undecided(click),
        TRACES.index(mail.trace(click)),
        any(
            abs(other.at - click.at) > mail.rules.echo and mail.is_undecided(other)
            for other in mail.of_source[click.source]
        ),
    )
