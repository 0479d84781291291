"""What the judge takes and gives."""

from collections.abc import Hashable
from dataclasses import dataclass, field

HUMAN, MACHINE, UNKNOWN, SELF = "human", "machine", "unknown", "self"


@dataclass(slots=True)
class Seen:
    """One event, as the judge sees it.

    :ivar key: the event's id
    :ivar type: open, click, attachment or reply
    :ivar t: seconds since sending; negative: the event is older than its own sending; None: nobody
        knows, and windows abstain
    :ivar at: unix seconds, to compare events with each other
    :ivar link: which link or file
    :ivar repeat: how often the same was seen
    :ivar agent, network: classes, see engagement_relay.detection.classify
    :ivar source: stands for the network address, None when nothing was kept
    :ivar is_self: the sender, by their session or their device
    :ivar anonymous: several recipients share what is seen, so that nothing belongs together
    """

    key: Hashable
    type: str
    t: float | None
    at: float
    link: Hashable = None
    method: str = "GET"
    repeat: int = 1
    agent: str = "unknown"
    network: str = ""
    agent_name: str = ""
    network_name: str = ""
    hints: tuple[str, ...] = ()
    source: int | None = None
    device_type: str = ""
    client: str = ""
    os: str = ""
    is_self: bool = False
    anonymous: bool = False

    @property
    def device(self) -> tuple[str, str, str, str]:
        """What stays the same while one person uses one device and program."""
        return self.agent, self.client, self.os, self.device_type

    @property
    def target(self) -> tuple[str, Hashable]:
        """What was asked for."""
        return self.type, self.link

    @property
    def actor(self) -> tuple[str, Hashable]:
        """Who probably sends several requests: an address, or all of a scanner's addresses."""
        if self.anonymous:
            return "event", self.key
        if self.is_suspicious:
            return "network", self.network_name
        return ("source", self.source) if self.source is not None else ("event", self.key)

    @property
    def is_followed(self) -> bool:
        """A link or a file, not the picture and no reply."""
        return self.type in ("click", "attachment")

    @property
    def is_suspicious(self) -> bool:
        """Scanners work from such networks, and so do some people."""
        return self.network in ("hosting", "probable_scanner", "image_proxy")

    @property
    def is_handheld(self) -> bool:
        """It changes its address while its owner goes on reading."""
        return self.device_type in ("mobile", "tablet")

    @property
    def is_local(self) -> bool:
        """The loopback address says nothing: timing and addresses prove nothing there."""
        return self.network == "loopback"


@dataclass(slots=True)
class Verdict:
    """:ivar reason: a code of tools.judge.reason
    :ivar params: what the reason's words need
    """

    verdict: str
    reason: str
    params: dict[str, object] = field(default_factory=dict)


# By the event's key.
Verdicts = dict[Hashable, Verdict]


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator may change; all in seconds except ``burst_score``.

    A click that is wrongly a machine's costs more than an open, so its windows are shorter.

    :ivar open_window, click_window: after sending, in networks where scanners work
    :ivar probable_factor: windows are so much longer in networks of mail gateways
    :ivar open_instant, click_instant: after sending, in any network: hardly anybody is so quick
    :ivar unread_window: after sending, in any network: a click needs a trace of a reader
    :ivar untraced_window, untraced_probable: the same from a cloud's and from a mail gateway's
        network
    :ivar echo: a gateway's visit so long before the reader's own is the gateway's look at it, and
        the same link so soon from two places is one person's at most
    :ivar sandbox: a cloud's visit so long after the reader's own is a sandbox's look at it
    :ivar same_view: the same request again so soon belongs to the same view
    :ivar visit_gap: a longer pause ends a visit
    :ivar burst_score: see judge_visits
    """

    open_window: float = 60
    click_window: float = 30
    probable_factor: float = 2
    open_instant: float = 10
    click_instant: float = 15
    unread_window: float = 45
    untraced_window: float = 900
    untraced_probable: float = 180
    echo: float = 15
    sandbox: float = 300
    same_view: float = 10
    visit_gap: float = 120
    burst_score: float = 1.25
