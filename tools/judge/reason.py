"""The judge's reasons: each code with the names of what its words need.

The words are ``models/events/reasons.py``'s, where Odoo translates them.
"""

# Not the judge's: of what it, or the counting, could not take.
SET_ASIDE = "set_aside"
# Apple loads every mail's pictures, read or not.
APPLES = ("privacy", "privacy_relay")
REASONS: dict[str, tuple[str, ...]] = {
    # people
    "browser": (),
    "reply": (),
    "image_proxy": ("name",),
    "confirmed": (),
    "other_device": (),
    "other_network": (),
    "same_view": (),
    # the sender
    "session": (),
    "own_device": (),
    "own_network": ("network",),
    # nobody can know
    "privacy": (),
    "privacy_relay": (),
    "unknown_agent": (),
    "older": (),
    SET_ASIDE: (),
    # machines
    "auto_reply": (),
    "head": (),
    "head_echo": (),
    "prefetch": (),
    "gmail_prefetch": (),
    "scanner": ("name",),
    "assistant": ("name",),
    "bot": ("name",),
    "library": ("name",),
    "empty": (),
    "scanner_network": ("network",),
    "not_a_browser": (),
    "early": ("network", "seconds"),
    "stripped": ("seconds",),
    "instant": ("seconds",),
    "unread": ("seconds",),
    "repeated": (),
    "burst": ("count", "seconds"),
    "scanner_visit": (),
    "click_check": ("network",),
    "click_sandbox": ("network",),
    "untraced": ("network",),
    # a person's word
    "corrected": ("user",),
}
