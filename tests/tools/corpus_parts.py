"""What the corpora are built from: documented agents and networks, and two ways to choose.

``shipped`` and ``held_out`` share the documents, not the choices: other agents, other addresses,
other distributions of times. What is tuned on one is measured on the other.
"""

GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
MPP = "Mozilla/5.0"
APPLE_MAIL = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
_CHROME = (
    "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0{} Safari/537.36{}"
)
_WINDOWS, _MAC = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"
_SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}{} Safari/{}"
_IOS_MAIL = (
    "Mozilla/5.0 ({} OS {} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
)


class Style:
    """:ivar people, scanners: addresses by kind of network, as prefixes of text
    :ivar slow: factor of people's times
    """

    def __init__(self, **parts):
        self.__dict__.update(parts)


SHIPPED = Style(
    name="shipped",
    desktop=[
        _CHROME.format(_WINDOWS, 131, "", ""),
        _CHROME.format(_WINDOWS, 130, "", " Edg/130.0.0.0"),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
        _SAFARI.format(_MAC, "17.6", "", "605.1.15"),
    ],
    phone=[
        _SAFARI.format(
            "iPhone; CPU iPhone OS 17_6 like Mac OS X", "17.6", " Mobile/15E148", "604.1"
        ),
        _CHROME.format("Linux; Android 10; K", 131, " Mobile", ""),
    ],
    ios_mail=[_IOS_MAIL.format("iPhone; CPU iPhone", "17_6")],
    iphone=_SAFARI.format(
        "iPhone; CPU iPhone OS 17_6 like Mac OS X", "17.6", " Mobile/15E148", "604.1"
    ),
    outlook=[
        "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
    ],
    clients=[
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
        "Outlook-iOS/711.2631000.prod.iphone (4.2439.0)",
        "Dalvik/2.1.0 (Linux; U; Android 14; SM-S911B Build/UP1A.231005.007)",
    ],
    programs=["python-requests/2.32.3", "curl/8.5.0", "Go-http-client/1.1", "okhttp/4.12.0"],
    scanners=["Barracuda Sentinel (EE)", "Mozilla/5.0 (compatible; BingPreview/1.0b)"],
    homes=["203.0.113.", "198.51.100.", "84.112.7.", "93.184.10."],
    v6_homes=["2001:db8:12:"],
    hidden=["192.0.2.", "212.11.9."],
    eop=["40.107.22.", "52.101.3.", "104.47.17.", "2a01:111:f400:7e0a::"],
    azure=["20.50.7.", "40.76.3.", "52.170.8."],
    clouds=["20.84.3.", "3.120.9.", "34.90.4.", "52.29.6."],
    gateways=["170.10.132.", "195.130.217.", "67.231.152."],
    barracuda=["209.222.82.", "35.176.92.1"],
    google=["66.249.84.", "74.125.210."],
    relay=["172.226.10.", "104.28.30.", "146.75.160."],
    median=2400,
    spread=1.6,
)
HELD_OUT = Style(
    name="held_out",
    desktop=[
        _CHROME.format(_MAC, 129, "", ""),
        _CHROME.format(_WINDOWS, 133, "", " OPR/118.0.0.0"),
        _CHROME.format("X11; CrOS x86_64 14541.0.0", 128, "", ""),
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        _CHROME.format(_WINDOWS, 133, "", " Edg/133.0.0.0"),
    ],
    phone=[
        "Mozilla/5.0 (Linux; Android 14; CUBOT X90) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/129.0.6668.100 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) "
        "SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1",
    ],
    ios_mail=[
        _IOS_MAIL.format("iPhone; CPU iPhone", "18_1"),
        _IOS_MAIL.format("iPad; CPU", "16_7"),
    ],
    iphone=_SAFARI.format(
        "iPhone; CPU iPhone OS 18_1 like Mac OS X", "18.1", " Mobile/15E148", "604.1"
    ),
    outlook=[
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; "
        ".NET4.0E; Microsoft Outlook 16.0.5266; ms-office; MSOffice 16)",
        "MacOutlook/16.90.24101100 (Intelx64 Mac OS X Version 14.7 (Build 23H124))",
    ],
    clients=[
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:115.0) Gecko/20100101 "
        "Thunderbird/115.9.0",
        "Outlook-Android/2.0 (Android 14; Pixel 8)",
        "Dalvik/2.1.0 (Linux; U; Android 13; Redmi Note 12)",
    ],
    programs=["Wget/1.21.4", "Java/17.0.9", "aiohttp/3.9.1", "axios/1.7.2", "", None],
    scanners=[
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/130.0.0.0 Safari/537.36",
        "WhatsApp/2.23.20.0",
        "SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
        "Mozilla/5.0 (compatible; Mimecast-URL-Scan/2.1)",
    ],
    homes=["192.0.2.", "81.62.14.", "109.43.50.", "126.12.8."],
    v6_homes=["2001:db8:aa:", "2a02:8108:1:"],
    hidden=["198.51.100.", "203.0.113.", "185.220.4."],
    eop=["40.93.5.", "52.103.9.", "40.107.1.", "2a01:111:f403::"],
    azure=["13.74.8.", "20.113.9.", "51.137.4."],
    clouds=["52.58.9.", "18.196.4.", "35.205.8.", "104.248.7.", "165.22.9.", "51.142.8."],
    gateways=["207.211.31.", "148.163.140.", "91.220.42.", "68.232.140.", "185.58.85."],
    barracuda=["18.185.115.20", "209.222.82."],
    google=["66.102.9.", "72.14.199.", "64.233.173."],
    relay=["104.28.77.", "140.248.5.", "2a02:26f7:c8c0::", "2606:54c0:7680::"],
    median=7000,
    spread=1.9,
)


class Draw:
    """A corpus's chance: one seed, one style."""

    def __init__(self, random, style):
        self.random, self.style = random, style

    def of(self, name):
        """One of the style's ``name``; for prefixes of addresses an address."""
        return self.random.choice(getattr(self.style, name))

    def address(self, name):
        """An address of this kind of network."""
        prefix = self.of(name)
        if ":" in prefix:
            tail = f"{self.random.randrange(1, 65536):x}"
            return prefix + tail if prefix.endswith("::") else f"{prefix}{tail}::{tail}"
        if len(prefix.split(".")) == 4 and not prefix.endswith("."):
            return f"{prefix}{self.random.randrange(0, 6)}"
        return f"{prefix}{self.random.randrange(1, 127)}"

    def home(self):
        """A person's address at home, in an office or on a phone."""
        return self.address("v6_homes" if self.random.random() < 0.15 else "homes")

    def later(self, least=60):
        """Seconds after sending at which people look into their mail."""
        return least + self.random.lognormvariate(0, self.style.spread) * self.style.median

    def between(self, least, most):
        """A time, evenly."""
        return self.random.uniform(least, most)


def request(t, kind, ip, agent, label, link=None, method="GET", **headers):
    """One request of a line; the name of the agent's header is as clients write it."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if agent is not None:
        headers["User-Agent"] = agent
    made = {"t": round(t, 3), "kind": kind, "method": method, "ip": ip, "headers": headers}
    if link is not None:
        made["link"] = link
    made["label"] = label
    return made
