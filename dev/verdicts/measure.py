"""Measure the judge on a labelled corpus, through the same parts that the product uses."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mail_engagement.relay.engagement_relay.detection.classify import Knowledge, classify
from mail_engagement.relay.engagement_relay.detection.knowledge.prefixes import parse
from mail_engagement.tools.judge import HUMAN, Rules, Seen, Verdict, judge
from mail_engagement.tools.kinds import BY_NAME
from mail_engagement.tools.wilson import wilson

from .. import paths
from ..say import Failure
from . import field
from .corpus import LABELS, BadCorpus, read

# Any moment: the judge compares times, and clocks start at zero nowhere.
SENT_AT = 1_700_000_000
# Seconds: neither a program's pace nor a slow reader's.
UNHURRIED = 4


def seen_of(mail: dict, knowledge: Knowledge) -> list[Seen]:
    """
    :param mail: a line of the corpus
    :return: the key of each being the request's position
    """
    sender = {_source(ip) for ip in (mail.get("sender") or {}).get("ips") or ()} - {None}
    seen = []
    at = SENT_AT
    for position, request in enumerate(mail["requests"]):
        t = request.get("t")
        # Without a time: some moments after what stands before it, so that nothing looks hasty.
        at = at + UNHURRIED if t is None else SENT_AT + t
        seen.append(_seen(position, request, at, sender, knowledge))
    return seen


def _seen(position, request, at, sender, knowledge):
    headers = {
        name.strip().lower(): str(value)
        for name, value in (request.get("headers") or {}).items()
        if value is not None
    }
    method = (request.get("method") or "GET").strip().upper()
    ip = (request.get("ip") or "").strip()
    traits = classify(method, headers, ip, knowledge)
    source = _source(ip)
    return Seen(
        key=position,
        type=request["kind"],
        t=request.get("t"),
        at=at,
        link=request.get("link"),
        method="HEAD" if method == "HEAD" else "GET",
        agent=traits.agent,
        network=traits.network,
        agent_name=traits.agent_name,
        network_name=traits.network_name,
        hints=traits.hints,
        source=source,
        device_type=traits.device_type,
        client=traits.client,
        os=traits.os,
        is_self=source in sender,
    )


def _source(ip):
    """What stands for an address, however it is written: the edge keeps a keyed hash."""
    try:
        return parse(ip.strip())
    except ValueError:
        return ip.strip() or None


def judge_corpus(
    mails: Iterable[dict], knowledge: Knowledge, rules: Rules
) -> Iterator[tuple[dict, dict, Verdict]]:
    """Yield (mail, request, Verdict) for every request."""
    for mail in mails:
        verdicts = judge(seen_of(mail, knowledge), rules, links=mail.get("links"))
        for position, request in enumerate(mail["requests"]):
            yield mail, request, verdicts[position]


def figures(table: Counter[tuple[str, str]]) -> dict[str, float | int | None]:
    """Precision and recall of "human".

    :param table: (label, verdict) → how many
    :return: precision, recall, their lower bounds and what they count
    """
    hits = table[HUMAN, HUMAN]
    called = sum(table[label, HUMAN] for label in LABELS)
    asked = sum(table[HUMAN, verdict] for verdict in LABELS)
    return {
        "precision": hits / called if called else None,
        "precision_low": wilson(hits, called),
        "recall": hits / asked if asked else None,
        "recall_low": wilson(hits, asked),
        "called_human": called,
        "human": asked,
    }


def report(
    mails: Iterable[dict],
    knowledge: Knowledge,
    rules: Rules,
    write: Callable[[str], object],
    verbose: bool = False,
) -> None:
    """Print what the judge says of ``mails``, last a JSON object.

    :param write: print, or the like
    :param verbose: each wrong verdict as well
    """
    kinds = {kind: [] for kind in BY_NAME}
    for mail in mails:
        seen = seen_of(mail, knowledge)
        verdicts = judge(seen, rules, links=mail.get("links"))
        opens = [event for event in seen if event.type == "open"]
        for event, request in zip(seen, mail["requests"], strict=True):
            reader = field.reader_of(event, opens)
            one = field.Judged(request["label"], reader, event, verdicts[event.key])
            kinds[request["kind"]].append(one)
            if verbose and (one.label == HUMAN) != (one.verdict.verdict == HUMAN):
                write(
                    f"{mail.get('mail')} {mail.get('case', '')} t={request.get('t')} "
                    f"{request['kind']} {one.label} judged {one.verdict.verdict}: "
                    f"{one.verdict.reason}"
                )
    summary = {}
    for kind, judged in kinds.items():
        table = Counter((one.label, one.verdict.verdict) for one in judged)
        summary[kind] = figures(table)
        write(f"\n{kind}: {len(judged)} requests")
        write(f"  {'label':>8} | " + " ".join(f"{verdict:>8}" for verdict in LABELS))
        for label in LABELS:
            write(f"  {label:>8} | " + " ".join(f"{table[label, v]:8}" for v in LABELS))
        for name in ("precision", "recall"):
            share = field.Share(summary[kind][name], summary[kind][f"{name}_low"])
            write(f"  {name:9} of human: {_words(share)}")
        _report_field(kind, judged, write)
    write("")
    write(json.dumps(summary))


def _report_field(kind, judged, write):
    receivers = field.MACHINE_CLICKS if kind == "click" else {"all": field.MACHINE_CLICKS["all"]}
    for name, machines in receivers.items():
        precision, recall = field.at_the_field(judged, machines)
        write(
            f"  at the field's mixture ({name}): precision {_words(precision)}, "
            f"recall {_words(recall)}"
        )


def _words(share):
    if share.value is None:
        return "no case"
    return f"{share.value:.4f} (95 % lower bound {share.low:.4f})"


def print_report(*corpora: str | Path, verbose: bool = False) -> None:
    """Print the report on these corpora together, or on all that ship.

    :raises Failure: what is wrong with one, in one line
    """
    mails = []
    for path in corpora or sorted((paths.ROOT / "tests").glob("corpus*.jsonl")):
        try:
            mails += read(path)
        except (BadCorpus, OSError) as error:
            raise Failure(f"{path}: {error}") from error
    report(mails, Knowledge.default(), Rules(), print, verbose)
