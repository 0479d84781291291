"""What a mail server's status code means for who sent the mail. No ORM.

Sources: RFC 3463 (the form, and the codes it defines), IANA's registry "Simple Mail Transfer
Protocol (SMTP) Enhanced Status Codes Registry" with RFC 3886, RFC 4468, RFC 4954, RFC 5248,
RFC 6710, RFC 7293, RFC 7372, RFC 7504 and RFC 7505 (https://www.iana.org/assignments/
smtp-enhanced-status-codes/), RFC 5321 §4.2.3 for answers with three digits only.
"""

import re

# RFC 3463 §2: a class, and two numbers of up to three digits. No part of an address or a version.
_CODE = re.compile(r"(?<![\w.-])([245])\.(\d{1,3})\.(\d{1,3})(?![\w-]|\.\d)")
# RFC 5321 §4.2.3: what servers without enhanced codes mean.
_REPLY = re.compile(r"(?<![^\s(;#])([245])(\d\d)(?=[\s-]|$)")
_REPLIES = {
    "421": "4.3.2",
    "450": "4.2.0",
    "451": "4.3.0",
    "452": "4.2.2",
    "550": "5.1.0",
    "551": "5.1.6",
    "552": "5.2.2",
    "553": "5.1.3",
    "554": "5.0.0",
}

# By subject and detail; what is not listed goes by its subject, and then by its class.
_MEANINGS = {
    "1.0": "unknown_address",
    "1.1": "unknown_address",
    "1.2": "unknown_domain",
    "1.3": "bad_address",
    "1.4": "bad_address",
    "1.6": "moved",
    "1.7": "sender",
    "1.8": "sender",
    "1.10": "unknown_domain",
    "2.1": "switched_off",
    "2.2": "full",
    "2.3": "too_large",
    "2.4": "list",
    "3.4": "too_large",
    "4.4": "unknown_domain",
    "4.6": "loop",
    "4.7": "expired",
    "7.1": "refused",
    "7.8": "login",
    "7.9": "login",
    "7.11": "login",
    "7.14": "login",
    "7.17": "moved",
    "7.18": "moved",
    "7.20": "unproven",
    "7.21": "unproven",
    "7.22": "unproven",
    "7.23": "unproven",
    "7.24": "unproven",
    "7.25": "unproven",
    "7.26": "unproven",
    "7.27": "sender",
    "7.28": "too_many",
}
_SUBJECTS = {
    "1": "unknown_address",
    "2": "switched_off",
    "3": "unreachable",
    "4": "unreachable",
    "5": "unreachable",
    "6": "content",
    "7": "refused",
}
_CLASSES = {"4": "later", "5": "refused"}
# What passes for a while does not mean that the address is wrong.
_PASSING = {"unknown_address": "later", "switched_off": "later", "refused": "later"}
# RFC 3463 §3.3: to be taken for passing, though many servers say 5.
_FULL = "2.2"


def status_code(text: str) -> str:
    """The first enhanced code in a text, else what its reply of three digits means, else "".

    >>> status_code("550-5.1.1 The account does not exist")
    '5.1.1'
    >>> status_code("452 try again")
    '4.2.2'
    """
    # The dash of a reply of several lines stands before the code.
    words = re.sub(r"(?<!\w)([245]\d\d)-(?=[245]\.)", r"\1 ", str(text))
    if match := _CODE.search(words):
        return ".".join(str(int(part)) for part in match.groups())
    if match := _REPLY.search(words):
        return _REPLIES.get(match[0], f"{match[1]}.0.0")
    return ""


def is_passing(code: str) -> bool:
    """The same mail may arrive another time."""
    kind, _dot, detail = code.partition(".")
    return kind == "4" or detail == _FULL


def meaning(code: str) -> str:
    """What a code of class 4 or 5 says, in a word; "" of others and of none.

    >>> meaning("5.1.1"), meaning("4.2.2"), meaning("5.9.9"), meaning("")
    ('unknown_address', 'full', 'refused', '')
    """
    kind, _dot, detail = code.partition(".")
    if kind not in _CLASSES:
        return ""
    found = _MEANINGS.get(detail) or _SUBJECTS.get(detail.partition(".")[0]) or _CLASSES[kind]
    return _PASSING.get(found, found) if kind == "4" else found


MEANINGS = frozenset({*_MEANINGS.values(), *_SUBJECTS.values(), *_CLASSES.values()})
