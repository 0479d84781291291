"""What the judge's reasons say to a salesperson, translated when they are shown."""

from odoo.tools import LazyTranslate

from ...tools.judge.reason import SET_ASIDE

_lt = LazyTranslate(__name__)

# pylint: disable=prefer-env-translation
# There is no env when a module is loaded: LazyTranslate is Odoo's own for that.

# By code of tools.judge.reason.
REASON_TEXTS = {
    # people
    "browser": _lt("A person's program"),
    "reply": _lt("A reply came"),
    "image_proxy": _lt(
        "%(name)s loads pictures when the mail is opened; its servers hide the device"
    ),
    "confirmed": _lt("Doubtful alone, but the same reader came back later"),
    "other_device": _lt("A person, on another device than before"),
    "other_network": _lt("A person, at another place than before"),
    "same_view": _lt("The same view again, counted once"),
    # the sender
    "session": _lt("Somebody logged in here looked at it"),
    "own_device": _lt("The sender's own device"),
    "own_network": _lt("Your own network: %(network)s"),
    # nobody can know
    "privacy": _lt("Apple Mail's privacy protection loads every mail, read or not"),
    "privacy_relay": _lt(
        "Through Apple's Private Relay, without a browser: read or not, nobody knows"
    ),
    "unknown_agent": _lt("A program that nobody knows"),
    "older": _lt("Before the e-mail was sent: a clock is wrong"),
    SET_ASIDE: _lt("Could not be judged and is not counted; the server's log says why"),
    # machines
    "auto_reply": _lt("An automatic reply"),
    "head": _lt("Asked whether it is there, without looking at it"),
    "head_echo": _lt("The same program asked first whether it is there"),
    "prefetch": _lt("A program loaded it in advance"),
    "gmail_prefetch": _lt("Gmail loaded it in advance"),
    "scanner": _lt("A link scanner: %(name)s"),
    "assistant": _lt("Somebody's assistant looked at it for them: %(name)s"),
    "bot": _lt("A robot: %(name)s"),
    "library": _lt("A program, no browser: %(name)s"),
    "empty": _lt("A program that does not say its name"),
    "scanner_network": _lt("%(network)s, which checks mail for its customers"),
    "not_a_browser": _lt("A program that loads pictures does not follow links"),
    "early": _lt("From %(network)s, %(seconds)s s after sending"),
    "stripped": _lt("%(seconds)s s after sending, as Outlook's servers look at a mail"),
    "instant": _lt("%(seconds)s s after sending: too soon for a person"),
    "unread": _lt("%(seconds)s s after sending, and nobody had opened the mail"),
    "repeated": _lt("The same link, at the same time as somebody else followed it"),
    "burst": _lt("%(count)s links within %(seconds)s s"),
    "scanner_visit": _lt("The same visitor followed the links as only a scanner does"),
    "click_check": _lt("%(network)s checked the link, and then let the person follow it"),
    "click_sandbox": _lt("%(network)s looked at the link that a person had just followed"),
    "untraced": _lt("From %(network)s, and nobody had opened the mail there"),
    # a person's word
    "corrected": _lt("Corrected by %(user)s"),
}
