"""Whether a link does something when it is opened: sets a password, logs in, confirms, ends a
subscription.

No standard says what such an address looks like, so its words decide. Two mistakes are possible,
and they do not cost the same: a link that is left alone by mistake costs a click that nobody sees;
one that is followed by mistake puts a secret into one more address, and so into one more log.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from .secret import has_secret, is_secret

# How deep an address within another address's query is looked for.
_MAX_NESTED = 3
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD = re.compile(r"[^\w/]+|_+")

# All of these see words in lower case, parted by "-", and the parts of a path by "/".
_PASSWORD = (
    r"(?:pass-?(?:words?|wd|code|phrase)|pass|pwd?|passwort|kennwort|mot-?de-?passe|mdp"
    r"|contrase[nñ]a|senha|wachtwoord|adgangskode|l[oö]senord|passord|salasana|has[lł]|has[lł]o"
    r"|hesl[oa]|jelsz[oó]|[sş]ifre(?:mi|ni)?|парол[ья]|パスワード|密码|密碼|비밀번호)"
)
_CHANGE = (
    r"(?:re-?set(?:ting|s)?|forg[eo]t(?:ten)?|lost|recover(?:y|ing)?|restore|change|new|set|set-?up"
    r"|create|choose|edit|update|renew|retrieve|request|define|expired|temporary|vergessen"
    r"|zur(?:ü|ue)cksetzen|r[eé]initialiser|oubli[eé]|perdu|olvid(?:ad[ao]|[eé])|recuperar"
    r"|restablecer|dimenticata|reimposta|esqueci(?:da)?|redefinir|vergeten|gl[eoö]mt|nulstil"
    r"|tilbakestill|[aå]terst[aä]ll|unohtu[a-zäö]*|z?resetuj|zapomnia[lł][ae][sś]?|obnov[ait]*"
    r"|zapomenut[eé]|elfelejtett|s[iı]f[iı]rla(?:ma)?|сброс(?:ить)?|восстанов[а-я]*|забыли"
    r"|再設定|再发|リセット|変更|重置|재설정|찾기)"
)
_PROVE = (
    r"(?:re-?)?(?:confirm(?:ation|er|ez|ar|a)?|conferma|verif(?:y|ication)|validat(?:e|ion)|valider"
    r"|activat(?:e|ion)|activer|unlock|approve|authori[sz]e|best(?:ä|ae)tig(?:en|ung)"
    r"|aktivier(?:en|ung)|verifizieren|bevestig(?:en)?|bekr[aæä]ft(?:a|else)?|potwierd[zź]"
    r"|potvr[dz][a-z]*|подтверд[а-я]*|確認|認証|有効化|인증)"
)
_PROVEN = (
    r"(?:e-?mails?|mail|accounts?|address|users?|identity|phone|device|log-?in|sign-?in|sign-?up"
    r"|registration|subscri(?:be|bers?|ptions?)|newsletter|membership|code|token|link|kont[oa]|adresse"
    r"|anmeldung|registrierung|compte|inscription|cuenta|conta|correo|inschrijving|e-?mailadres"
    r"|e-?post(?:adresse)?|адрес|почт[ау]|аккаунт|メール(?:アドレス)?|アカウント|이메일|계정)"
)
_BETWEEN = (
    r"(?:[/-]?(?:your|my|the|a|user|account|for|of|votre|mon|ma|tu|su|il|la|tuo|je|uw|ihre?|deine?"
    r"|e-?mail|の|を))*[/-]?"
)
_TELLING = re.compile(
    rf"""(?<![a-z\u00df-\u024f])(?:
      {_CHANGE}{_BETWEEN}{_PASSWORD} | {_PASSWORD}{_BETWEEN}{_CHANGE}
    | {_PROVE}{_BETWEEN}{_PROVEN} | {_PROVEN}{_BETWEEN}{_PROVE} | confirm[/-]?verification
    | (?:user|account)[/-]?(?:reset|recovery|forgot(?:ten)?) | password-?less
    | (?:recover|restore|reactivate){_BETWEEN}account
    | (?:log-?in|sign-?in)-with-(?:token|link|code)
    | magic-?(?:links?|log-?in|sign-?in|auth|url|token|code)
    | one-?time-?(?:pass(?:word|code)?|code|links?|log-?in|sign-?in|token|pin|secret|access|url)
    | (?:e-?mail|instant|quick|auto|token|direct)-?(?:log-?in|sign-?in)
    | (?:log-?in|sign-?in|access)-?(?:link|token|code|key) | (?:two|2|multi)-?factor
    | (?:accept|join|redeem){_BETWEEN}invit(?:e|ation)s?
    | shared?-?invit(?:e|ation)
    | invit(?:e|ation)s?[/-]?(?:accept|token|code|key|link|confirm|redeem)
    | complete{_BETWEEN}(?:registration|sign-?up) | (?:registration|sign-?up)[/-]?complete
    | change{_BETWEEN}e-?mail | e-?mail[/-]?change | (?:delete|close){_BETWEEN}account
    | account[/-]?(?:delet(?:e|ion)|close) | (?:double-?)?opt-?in(?=/|$)
    | un-?subscri[bp] [^\W\d_]* | un-?follow | opt[-/]?out | (?:remove|leave)[/-]?list
    | (?:e-?mail|mailing|newsletter|notification|communication|subscription)s?[/-]?
      (?:preferences?|settings)
    | (?:manage|update){_BETWEEN}(?:preferences?|subscriptions?) | preference-?cent(?:er|re)
    | abmelden | abmeldung | abbestell(?:en|ung) | d[eé]s-?(?:abonn|inscri)[^\W\d_]*
    | darse-de-baja | disiscri[^\W\d_]* | descadastr[^\W\d_]* | uitschrijven | afmelden
    | cancelar-(?:la-|a-)?(?:sus|ins)cri[^\W\d_]* | annulla-(?:l-)?iscrizion[ei] | afmeld
    | avregistrera | wypisz | zrezygnuj | odhl[aá]sit | abonelikten-[cç][iı]k | отпис[а-я]+
    | 수신-?거부 | 구독-?취소
    | 配信停止 | 購読解除 | 退会 | 退订 | 退訂
    )(?![a-z])""",
    re.X,
)
# As a whole part of a path.
_ALONE = re.compile(
    r"reset|forgot(?:ten)?|recover|confirm|verify|validate|activate|unlock|magic|one-?time|ot[lpt]"
    r"|totp|[2m]fa|sso|saml2?|oauth2?|oidc|auth|authenticate|authori[sz]e|log-?in|log-?on|log-?out"
    r"|sign-?in|sign-?out|wp-(?:login|activate)|invit(?:e|ation)s?|unsub|passwords?"
)
# As a word of a part that has no more than three; in longer ones they are somebody's subject.
_WORDS = frozenset("login signin otp totp 2fa sso".split())
_ENDING = re.compile(r"-(?:php|aspx?|html?|jsp|do|cgi)$")
# Shops and events have these as well: only beside something that looks like a secret.
_BESIDE_A_SECRET = re.compile(
    r"sign-?up|register|registration|join|accept|decline|subscribe|welcome|onboarding|session"
    r"|confirmation|verification|validation|activation|recovery|redeem|claim|approve"
)
_CODE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[0-9A-Za-z]{6,}")
# A host that does nothing else, by its first label.
_HOST = re.compile(r"(?:log-?in|sign-?in|auth|sso|idp|oauth)[0-9]*")
# A parameter that is the secret itself, or says what is to be done with it.
_PARAMETER = re.compile(
    r"(?:.*-)?(?:reset|forgot|password|passwd|pwd?|confirm(?:ation)?|verif(?:y|ication)|validat(?:e|ion)"
    r"|activat(?:e|ion)|invit(?:e|ation)|log-?in|sign-?in|sign-?up|magic|otp|one-?time|unlock|recovery"
    r"|sso|unsub(?:scribe)?|registration|claim|oob)"
    r"-?(?:token|code|key|hash|secret|nonce|sig|signature|digest|id|link)"
    r"|password|passwd|pwd|passcode|pin|otp|totp|ott|one-?time|magic(?:-?link)?|invit(?:e|ation)|sso"
    r"|saml-?(?:request|response)|auto-?login|unsub(?:scribe)?|opt-?out"
)
# WordPress has wp-login.php?action=rp, Firebase mode=resetPassword, Supabase type=recovery,
# OpenCart route=account/forgotten.
_ACTION_NAME = re.compile(
    r"action|act|mode|do|op|cmd|type|route|task|step|flow|intent|(?:main-)?page|view|q|r"
)
_ACTION = re.compile(rf"rp|{_ALONE.pattern}|recovery|lost-?pw|sign-?up|email-?change")


@lru_cache(maxsize=2000)
def acts(url: str, nested: int = _MAX_NESTED) -> bool:
    """Whether the address sets a password, logs in, confirms or ends something.

    :param url: absolute; one that cannot be read acts
    :param nested: how many addresses within each other's queries are looked into

    >>> acts("https://shop.example/accounts/password/reset/abc")
    True
    >>> acts("https://shop.example/blog/five-passwords-of-the-year")
    False
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return True
    if _HOST.fullmatch(host.partition(".")[0]):
        return True
    path, _mark, query = parts.fragment.partition("?")
    return (
        _asks(parts.path, parts.query, nested)
        or _asks(path, query, nested)
        # Single-page applications put all of a query there.
        or ("=" in path and _asks("", path, nested))
    )


def tells(text: str) -> bool:
    """Whether a link's text says that it does so.

    >>> tells("Choose a new password")
    True
    """
    return bool(_TELLING.search(_words(text)))


def _asks(path: str, query: str, nested: int) -> bool:
    words = _words(path)
    parts = [_ENDING.sub("", part) for part in words.split("/")]
    if _TELLING.search(words) or any(_ALONE.fullmatch(part) for part in parts):
        return True
    if any(len(of) <= 3 and _WORDS & {*of} for of in (part.split("-") for part in parts)):
        return True
    parameters = [(_words(name), value) for name, value in parse_qsl(query, True)]
    if any(_does(name, value, nested) for name, value in parameters):
        return True
    return any(_BESIDE_A_SECRET.fullmatch(part) for part in parts) and (
        has_secret(query)
        or any(is_secret(part) or _CODE.fullmatch(part) for part in path.split("/"))
    )


def _does(name: str, value: str, nested: int) -> bool:
    """Whether one parameter of a query is a secret, or asks for something that needs one."""
    if _PARAMETER.fullmatch(name):
        return True
    if _ACTION_NAME.fullmatch(name):
        words = _words(value)
        return bool(_ACTION.fullmatch(words) or _TELLING.search(words)) or any(
            _ALONE.fullmatch(part) for part in words.split("/")
        )
    return nested > 0 and value[:4].lower() == "http" and acts(value, nested - 1)


def _words(text: str) -> str:
    """Lower case, words parted by ``-`` however they were parted, the parts of a path by ``/``.

    >>> _words("/wp-login.php/resetPassword/reset_password")
    'wp-login-php/reset-password/reset-password'
    """
    words = _NO_WORD.sub("-", _CAMEL.sub("-", unquote(text))).lower()
    return "/".join(filter(None, (part.strip("-") for part in words.split("/"))))
