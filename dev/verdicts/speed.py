"""How long judging takes: mails with many events, in the ways that cost most."""

import random
import time
from collections.abc import Callable

from mail_engagement.tools.judge import Rules, Seen, judge

SENT_AT = 1_700_000_000
SIZES = (1_000, 10_000, 50_000)


def _opened_then_followed(number: int, size: int) -> Seen:
    """Half of them opens, each from another address, then as many clicks from others."""
    is_open = number * 2 < min(size, 1_000)
    return Seen(
        number,
        "open" if is_open else "click",
        400.0 + number * 3,
        SENT_AT + number * 3,
        None if is_open else number % 40,
        agent="browser",
        source=number,
        os=("Windows", "Linux")[is_open],
    )


def _loop(number: int, _size: int) -> Seen:
    """One link, asked for without end."""
    return Seen(number, "click", 5.0, SENT_AT + number, 1, agent="browser", source=1)


def _mixed(number: int, _size: int) -> Seen:
    """All kinds of programs and networks."""
    chance = random.Random(number)
    return Seen(
        number,
        chance.choice(("open", "click", "attachment")),
        30 + number * 3.0,
        SENT_AT + number * 3.0,
        chance.randrange(40),
        agent=chance.choice(("browser", "mail_client", "image_proxy", "scanner", "privacy")),
        network=chance.choice(("", "", "hosting", "probable_scanner")),
        network_name=chance.choice("abc"),
        source=chance.randrange(200),
        os=chance.choice(("iOS", "Windows")),
    )


def print_report() -> None:
    """For each way and size the milliseconds of one judging, the best of three."""
    makers: tuple[Callable[[int, int], Seen], ...] = (_mixed, _loop, _opened_then_followed)
    for make in makers:
        for size in SIZES:
            seen = [make(number, size) for number in range(size)]
            best = min(_seconds(seen) for _time in range(3))
            name = make.__name__.strip("_").replace("_", " ")
            print(f"{name:22} {size:6} events {best * 1000:7.0f} ms", flush=True)


def _seconds(seen: list[Seen]) -> float:
    start = time.perf_counter()
    judge(seen, Rules(), 40)
    return time.perf_counter() - start
