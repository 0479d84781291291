"""The judge's reasons: what each code says to a salesperson, in English.

Translated at display; ``models/mail_engagement_event_reason.py`` names each text once more for the
translation's sake, and a test compares the two.
"""

# Not the judge's: of what it, or the counting, could not take.
SET_ASIDE = "set_aside"
REASONS = {
    # people
    "browser": "A person's program",
    "reply": "A reply came",
    "image_proxy": "%(name)s loads pictures when the mail is opened; its servers hide the device",
    "confirmed": "Doubtful alone, but the same reader came back later",
    "other_device": "A person, on another device than before",
    "other_network": "A person, at another place than before",
    "same_view": "The same view again, counted once",
    # the sender
    "session": "Somebody logged in here looked at it",
    "own_device": "The sender's own device",
    "own_network": "Your own network: %(network)s",
    # nobody can know
    "privacy": "Apple Mail's privacy protection loads every mail, read or not",
    "privacy_relay": "Through Apple's Private Relay, without a browser: read or not, nobody knows",
    "unknown_agent": "A program that nobody knows",
    SET_ASIDE: "Could not be judged and is not counted; the server's log says why",
    # machines
    "auto_reply": "An automatic reply",
    "head": "Asked whether it is there, without looking at it",
    "head_echo": "The same program asked first whether it is there",
    "prefetch": "A program loaded it in advance",
    "gmail_prefetch": "Gmail loaded it in advance",
    "scanner": "A link scanner: %(name)s",
    "bot": "A robot: %(name)s",
    "library": "A program, no browser: %(name)s",
    "empty": "A program that does not say its name",
    "scanner_network": "%(network)s, which checks mail for its customers",
    "not_a_browser": "A program that loads pictures does not follow links",
    "early": "From %(network)s, %(seconds)s s after sending",
    "stripped": "%(seconds)s s after sending, as Outlook's servers look at a mail",
    "instant": "%(seconds)s s after sending: too soon for a person",
    "burst": "%(count)s links within %(seconds)s s",
    "scanner_visit": "The same visitor followed the links as only a scanner does",
    "click_check": "%(network)s checked the link, and then let the person follow it",
    "click_sandbox": "%(network)s looked at the link that a person had just followed",
    "untraced": "From %(network)s, and nobody had opened the mail there",
    # a person's word
    "corrected": "Corrected by %(user)s",
}
