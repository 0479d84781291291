"""From one request for a token to what may be written down of it. Used by both edges."""

import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from hashlib import sha256

from ..protocol.kept import reduce
from ..protocol.observation import Observation
from ..protocol.token import Mark, Policy, Token
from .classify import Headers, Knowledge, classify

TYPES = {"o": "open", "c": "click", "a": "attachment"}
# From an address to ISO country code and city.
Place = Callable[[str], tuple[str | None, str | None]]
# What a client may say, and the header that says it.
REFUSALS = {"gpc": "sec-gpc", "dnt": "dnt"}


def is_refused(headers: Headers, honour: Iterable[str]) -> bool:
    """Whether the client says that it does not want to be followed, in a way that is honoured.

    :param honour: of gpc (Global Privacy Control, https://www.w3.org/TR/gpc/) and dnt (Do Not
        Track, https://www.w3.org/TR/tracking-dnt/)
    """
    return any((headers.get(REFUSALS[name]) or "").strip() == "1" for name in honour)


def observe(
    token: Token | Mark,
    *,
    method: str,
    headers: Headers,
    ip: str,
    knowledge: Knowledge,
    salt: bytes,
    max_policy: int = Policy.FULL,
    session: bool = False,
    place: Place | None = None,
    now: float | None = None,
) -> Observation:
    """What one request says, and no more than the recipient's policy allows.

    The address and the agent are looked at here; what is kept of them ``protocol.kept`` says: lower
    wins between what the token says and what holds today.

    :param token: verified
    :param ip: the client's address
    :param knowledge: networks and agents, for classify
    :param salt: key that turns an address into a bucket, never the address itself
    :param max_policy: today's, as token.Policy
    :param session: the request came with the session of an own user
    :param now: unix seconds
    """
    policy = min(token.policy, max_policy)
    traits = classify(method, headers, ip, knowledge)
    country, city = place(ip) if place and ip else ("", "")
    seen = Observation(
        uid=secrets.token_hex(16),
        type=TYPES[token.kind],
        mail=token.uid.hex(),
        sent_at=token.sent_at,
        policy=int(policy),
        at=time.time() if now is None else now,
        link=None if token.kind == "o" else token.link,
        method="HEAD" if method == "HEAD" else "GET",
        agent=traits.agent,
        agent_name=traits.agent_name,
        network=traits.network,
        network_name=traits.network_name,
        hints=(*traits.hints, *(("session",) if session else ())),
        device_type=traits.device_type,
        client=traits.client,
        os=traits.os,
        country=country or "",
        city=(city or "")[:128],
        source=bucket(salt, token.uid, ip),
        ip=ip,
        user_agent=headers.get("user-agent", "")[:512],
    )
    reduce(seen, policy)
    return seen


def bucket(salt: bytes, uid: bytes, ip: str) -> int:
    """One of 65,536 numbers: tells two networks of one mail apart, stands for no address."""
    return int.from_bytes(hmac.digest(salt, uid + ip.encode(), sha256)[:2], "big")
