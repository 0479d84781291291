"""Whether an incoming mail was written by a program: an out-of-office note, say.

Sources: RFC 3834 §5 (``Auto-Submitted``, and what came before it); Microsoft's
[MS-OXCMAIL] for what Exchange adds to the replies of inbox rules.
"""

# Their mere presence tells.
PRESENT = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-ms-exchange-inbox-rules-loop")
PRECEDENCES = {"auto_reply", "bulk", "junk"}


def is_auto_reply(headers):
    """Whether nobody wrote this mail.

    :param headers: anything with a case-insensitive ``get``, as ``email.message.Message``
    :rtype: bool
    """
    submitted = str(headers.get("Auto-Submitted") or "no")
    if submitted.partition(";")[0].strip().lower() != "no":
        return True
    if str(headers.get("Precedence") or "").strip().lower() in PRECEDENCES:
        return True
    if str(headers.get("Return-Path") or "").strip() == "<>":
        return True
    return any(headers.get(name) is not None for name in PRESENT)
