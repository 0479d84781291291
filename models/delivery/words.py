"""Why a mail did not arrive and what to do about it, for a salesperson; translated when shown."""

from odoo.tools import LazyTranslate

from ...tools.delivery import BOUNCES, COMPLAINED, DEFERRED
from ...tools.status_code import meaning

_lt = LazyTranslate(__name__)

# pylint: disable=prefer-env-translation
# There is no env when a module is loaded: LazyTranslate is Odoo's own for that.

# By meaning of tools.status_code.
WHY = {
    "complained": _lt("They marked this e-mail as spam."),
    "unknown_address": _lt("There is no such mailbox."),
    "unknown_domain": _lt("The domain of this address takes no e-mails."),
    "bad_address": _lt("This is no complete e-mail address."),
    "moved": _lt("The mailbox is not there any more."),
    "switched_off": _lt("The mailbox is switched off."),
    "full": _lt("The mailbox is full."),
    "too_large": _lt("The e-mail is too large."),
    "list": _lt("The address is a list that could not pass it on."),
    "unreachable": _lt("No server could be reached that takes e-mails for this address."),
    "loop": _lt("The e-mail went round in circles between servers."),
    "expired": _lt("The servers tried for a long time, and gave up."),
    "sender": _lt("Your own address was refused as the sender."),
    "login": _lt("Your own mail server refused the log-in."),
    "unproven": _lt("Their server could not tell whether the e-mail is really from you."),
    "too_many": _lt("Too many e-mails reached this mailbox at once."),
    "content": _lt("Their server could not take this kind of content."),
    "refused": _lt("Their server refused the e-mail by its own rules, often as spam."),
    "later": _lt("Their server took no e-mails at that time."),
    "returned": _lt("The e-mail came back, without a reason."),
}
ADVICE = {
    "complained": _lt("Do not write to them again unless they ask you to."),
    "unknown_address": _lt("Check the address, then send it again."),
    "unknown_domain": _lt("Check what stands behind the @, then send it again."),
    "bad_address": _lt("Correct the address, then send it again."),
    "moved": _lt("Ask for their new address."),
    "switched_off": _lt("Call them: they may have another address."),
    "full": _lt("Send it again in a few days, or call them."),
    "too_large": _lt("Send files as links, or fewer of them."),
    "list": _lt("Write to the person's own address."),
    "unreachable": _lt("Check the address; send it again later."),
    "loop": _lt("Call them: whoever runs their mail server has to mend it."),
    "expired": _lt("Check the address; send it again later."),
    "sender": _lt("Ask your administrator to look at your address."),
    "login": _lt("Ask your administrator to look at the outgoing mail server."),
    "unproven": _lt("Ask your administrator to check SPF, DKIM and DMARC of your domain."),
    "too_many": _lt("Send it again in a few hours."),
    "content": _lt("Send it again without files."),
    "refused": _lt(
        "Write it another way, or call them; tell your administrator if it happens often."
    ),
    "later": _lt("Send it again later."),
    "returned": _lt("Check the address, then send it again."),
}
# pylint: enable=prefer-env-translation


def word(status, code, state):
    """What a mail's way means in a word of WHY, "" where it gives no cause for words.

    :param str status: of tools.delivery, as it is shown, or a false value
    :param str code: an enhanced status code, or a false value
    :param str state: the mail's own
    """
    if status == COMPLAINED:
        return "complained"
    if status in BOUNCES or (not status and state in ("failed", "bounced")):
        return meaning(code or "") or "returned"
    # A delay passes by itself; why it is one may be worth knowing.
    return meaning(code or "") if status == DEFERRED else ""
