"""An address as link protectors, image proxies and clients write it."""

# ruff: noqa: E501

import re
from base64 import b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote

from mail_engagement.relay.engagement_relay.protocol import token
from mail_engagement.tools.recipient import Recipient
from mail_engagement.tools.signer import Signer

TENANT, MASTER = b"\1\2\3\4", b"m" * 32
BASE = "https://mail.shop.test/e"
TARGET = "https://shop.test/offer?a=1&b=2"
SHOWN = escape(TARGET)
KEYRING = token.Keyring(
    {
        (TENANT, kind, 0): (token.outer_key(MASTER, kind), token.KeyState.SIGNING)
        for kind in token.KINDS
    }
)
SIGNER = Signer(TENANT, 0, MASTER, b"u" * 32, BASE, "<message@shop.test>")
CARLA = Recipient(addresses=("carla@customer.test",), partner_id=1)
SIGNER.name([CARLA])
CLICK = SIGNER.click_url(CARLA, 1, TARGET)
PIXEL = SIGNER.open_url(CARLA)
FILE = SIGNER.file_url(CARLA, 1, b"k" * 16, "Angebot 12/2024.pdf")
PAGE = SIGNER.page_url(b"k" * 16)


def percent(url):
    return quote(url, safe="")


def lower(url):
    return re.sub("%..", lambda match: match.group().lower(), percent(url))


def dashes(url):
    """As URL Defense 2 writes it."""
    escaped = percent(url).replace("-", "%2D").replace("_", "%5F")
    return escaped.replace("%2F", "_").replace("%", "-")


def stars(url):
    """As URL Defense 3 and Check Point leave what they wrap."""
    return url.replace("%", "*")


def base64(url):
    return b64encode(url.encode()).decode()


def bare_base64(url):
    return base64(url.partition("://")[2]).replace("=", "~")


def hexadecimal(url):
    return url.encode().hex()


def _as(template, write):
    return lambda url: template.format(write(url))


def _raw(url):
    return url


PROTECTORS = {
    "Safe Links": _as(
        "https://eur01.safelinks.protection.outlook.com/?url={}&data=05%7C01%7Cann%40x.test%7C0&sdata=x%2Bq%3D&reserved=0",
        percent,
    ),
    "Safe Links in an app": _as(
        "https://nam10.safelinks.protection.outlook.com/ap/w-59523/?url={}&data=05%7C02", percent
    ),
    "Teams": _as(
        "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={}&locale=en-gb",
        percent,
    ),
    "Azure": _as(
        "https://nam.safelink.emails.azure.net/redirect/?destination={}&p=bT1lZG", percent
    ),
    "URL Defense 1": _as(
        "https://urldefense.proofpoint.com/v1/url?u={}&k=oIvRg1%2BdGAg&s=d3", percent
    ),
    "URL Defense 1, as it is": _as("https://urldefense.proofpoint.com/v1/url?u={}&k=x", stars),
    "URL Defense 2": _as(
        "https://urldefense.proofpoint.com/v2/url?u={}&d=DwMFaQ&c=x-_y&e=", dashes
    ),
    "URL Defense 3": _as("https://urldefense.com/v3/__{}__;JSUl!!AbC_-1!q$", stars),
    "URL Isolation": _as(
        "https://urlisolation.com/browser?clickId=1-2&traceToken=3&url={}", percent
    ),
    "Avanan 1": _as(
        "https://avanan.url-protection.com/v1/url?o={}&g=NWQ3N2JlOTQwYmM3NDU0YQ%3D%3D&h=1", percent
    ),
    "Check Point 1, half encoded": _as(
        "https://checkpoint.url-protection.com/v1/r01/url?o={}&g=1",
        lambda url: quote(url, safe="/"),
    ),
    "Avanan 2": _as("https://url.avanan.click/v2/___{}___.YXAzOnRlc3Q", stars),
    "Check Point 2": _as("https://protect.checkpoint.com/v2/r01/___{}___.YzJ1OndlY29t", stars),
    "Check Point 2, a slash lost": _as(
        "https://protect.checkpoint.com/v2/___{}___.YzJ1",
        lambda url: stars(url).replace("://", ":/", 1),
    ),
    "Check Point 2, cut": _as("https://protect.checkpoint.com/v2/r01/___{}___", stars),
    "Sophos": _as(
        "https://eu-central-1.protection.sophos.com/?d=shop.test&u={}&p=m&i=NjA5NDA5&t=MnQ4&h=b05e70&s=AVN-1",
        base64,
    ),
    "Sophos, no slash": _as("https://us-west-2.protection.sophos.com?d=shop.test&u={}&i=1", base64),
    "Barracuda": _as("https://linkprotect.cudasvc.com/url?a={}&c=E,1,gq-fB3Ov_1,,&typo=1", lower),
    "Cisco": _as("https://secure-web.cisco.com/1abc-DEF_x/{}", percent),
    "Trend Micro": _as(
        "https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={}&umid=8C99-5A8E&auth=f2b4-7ae7",
        lower,
    ),
    "Trend Micro, cloud": _as("https://ca-1234.check.trendmicro.com/?url={}", percent),
    "FireEye": _as(
        "https://protect2.fireeye.com/v1/url?k=84f6-e57d&q=1&e=6739af06-730c&u={}", percent
    ),
    "FireEye, old": _as("https://protect2.fireeye.com/url?k=1ffa.9a55&u={}", percent),
    "Symantec": _as("https://clicktime.symantec.com/38YrYPLxxSqYhBQLb1eruhW7Vc?u={}", percent),
    "Symantec, old": _as(
        "https://clicktime.symantec.com/a/1/dAl80F97-8U_XRk=?d=t6D3BqARsd5WWd1K&u={}", percent
    ),
    "Trend Micro, of a region": _as(
        "https://eu.ctp.trendmicro.com/wis/clicktime/v1/query?url={}&umid=8C99", lower
    ),
    "Outlook on the web": _as(
        "https://outlook.office.com/mail/safelink.html?url={}&corid=1-2", percent
    ),
    "Outlook on the web, of an own Exchange": _as(
        "https://mail.customer.test/owa/redir.aspx?C=qN_2x-&URL={}", lower
    ),
    "Outlook on the web, of 2003": _as(
        "https://mail.customer.test/exchweb/bin/redir.asp?URL={}", percent
    ),
    "Check Point 2, of a region": _as(
        "https://protect.checkpoint.com/v2/r05/___{}___.YXBzMTphZGl0eWE", stars
    ),
    "Yandex, safe browsing": _as(
        "https://sba.yandex.net/redirect?url={}&client=mail&sign=1e20dcfd", percent
    ),
    "Outlook on the web, an older one": _as(
        "https://mail.customer.test/OWA/redir.aspx?SURL=QJ-x_&URL={}&e=1", percent
    ),
    "QQ": _as(
        "https://mail.qq.com/cgi-bin/mail_spam?action=check_link&spam=0&url={}&mailid=Z~k-P", lower
    ),
    "QQ, Exmail": _as(
        "https://exmail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl={}&subtemplate=gray",
        percent,
    ),
    "Google, without www": _as("https://google.de/url?q={}", percent),
    "URL Defense 3, a slash lost": _as(
        "https://urldefense.com/v3/__{}__;!!LpKI!iiowvmnZ_-x$",
        lambda url: stars(url).replace("://", ":/", 1),
    ),
    "Symantec, signed": _as("https://clicktime.symantec.com/15xVcHh2q?h=QCYV_1-x=&u={}", percent),
    "FortiMail": _as(
        "https://mail.customer.test/fmlurlsvc/?fewReq=:B:JVQwOz85+s/MCx8=&url={}", lower
    ),
    "Hornetsecurity": _as(
        "https://atpscan.global.hornetsecurity.com/?d=HzV-J_W&f=rhm&i=&k=Eb5a&u={}", percent
    ),
    "Vade": _as("https://antiphishing.vadesecure.com/v4?f=UU1X&i=RTNL&k=ywmE&s=634b&u={}", percent),
    "Vade, Microsoft 365": _as(
        "https://m365.eu.vadesecure.com/safeproxy/v3?f=nyMY&k=rmE8&u={}", percent
    ),
    "Trustwave": _as("https://scanmail.trustwave.com/?c=20988&d=i-GP5uRIMf&u={}", lower),
    "ESVA": _as("https://urlsand.esvalabs.com/?u={}&e=4935d002&h=2f2f90a5&f=n&p=y", percent),
    "EdgePilot": _as("https://link.edgepilot.com/s/93882c79/_t5E-tquPki07i1B0dG1kw?u={}", percent),
    "TitanHQ": _as("https://linklock.titanhq.com/analyse?url={}&data=x", percent),
    "Topsec": _as("https://scanner.topsec.com/?d=1&r=show&u={}&t=2f", percent),
    "Menlo": _as("https://isolate.menlosecurity.com/1/3735928037/{}", stars),
    "Menlo, safe": _as("https://safe.menlosecurity.com/{}", stars),
    "Google": _as(
        "https://www.google.com/url?q={}&source=gmail&ust=1719051814648000&usg=AOvVaw_3", percent
    ),
    "Google, of Japan": _as("https://www.google.co.jp/url?sa=t&url={}", percent),
    "GMX": _as("https://deref-gmx.net/mail/client/a-k_1/dereferrer/?redirectUrl={}", percent),
    "Web.de": _as("https://deref-web-02.de/mail/client/dereferrer/?redirectUrl={}", percent),
    "GMX, desktop": _as("https://3c.gmx.net/mail/client/dereferrer?redirectUrl={}", percent),
    "Mail.ru": _as("https://checklink.mail.ru/proxy?es=a%2F1&egid=b&url={}&uidl=1", percent),
    "Mail.ru, click": _as("https://click.mail.ru/redir?u={}&c=swm&s=1137", percent),
    "Yandex": _as(
        "https://mail.yandex.ru/re.jsx?h=a,1&l={}",
        lambda url: urlsafe_b64encode(url.encode()).decode().rstrip("="),
    ),
    "Rambler": _as("https://mail.rambler.ru/m/redirect?url={}&href=1", percent),
    "WP": _as("https://zasobygwp.pl/redirect?url={}", lambda url: percent(base64(url))),
    "Centrum": _as("https://redir.netcentrum.cz/?noaudit&url={}", percent),
    "Horde": _as("https://webmail.customer.test/horde/services/go.php?url={}", percent),
}

# Around a picture; any address that holds a pixel's goes.
PROXIES = {
    "Gmail": _as("https://ci3.googleusercontent.com/meips/ADKq_NZ-x=s0-d-e1-ft#{}", _raw),
    "Yahoo": _as(
        "https://ecp.yusercontent.com/mail?url={}&t=1725035511&ymreqid=ca0d-1&sig=cd38--~D", percent
    ),
    "Yandex": _as("https://resize.yandex.net/mailservice?url={}&proxy=yes&key=0889", percent),
    "Mail.ru": _as(
        "https://proxy.imgsmail.ru/?email=a%40b.test&e=1&h=_x-&url171={}&is_https=1", bare_base64
    ),
    "Mail.ru, with the scheme": _as(
        "https://proxy.imgsmail.ru/?e=1&h=x&flags=0&is_https=1&url174={}", base64
    ),
    "Fastmail": _as("https://www.fastmailusercontent.com/proxy/abc/{}/open.gif", hexadecimal),
    "Camo": _as("https://camo.customer.test/8f1f0e/{}", hexadecimal),
    "DuckDuckGo": _as("https://external-content.duckduckgo.com/iu/?u={}&f=1", percent),
    "somebody's": _as(
        "https://img.customer.test/fetch?w=1&src={}&sig=x", lambda url: percent(base64(url))
    ),
    "none": _raw,
}
