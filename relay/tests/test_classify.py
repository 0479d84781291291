"""What one request says of its client and network."""

import pytest
from engagement_relay.detection.classify import Knowledge, classify

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148"
)
AGENTS = {
    "": ("empty", ""),
    CHROME: ("browser", ""),
    f"{CHROME} Edg/131.0.0.0": ("browser", ""),
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": ("browser", ""),
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/96.0.4664.45 Mobile Safari/537.36": ("browser", ""),
    f"{CHROME} Telegram-Android/11.2": ("browser", ""),
    f"{CHROME} Avast/131.0.0.0": ("browser", "A browser"),
    f"{CHROME} Norton/131.0.0.0": ("browser", "A browser"),
    "Norton Safe Web": ("scanner", "Norton"),
    "KnowBe4 PhishER": ("scanner", "KnowBe4"),
    CHROME.replace("Chrome", "HeadlessChrome"): ("scanner", "A browser without a window"),
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)": (
        "image_proxy",
        "Gmail",
    ),
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html": (
        "image_proxy",
        "Yahoo Mail",
    ),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0": ("prefetch", "Gmail"),
    "Mozilla/5.0": ("privacy", "Apple Mail"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)": (
        "stripped",
        "Apple Mail",
    ),
    IPHONE: ("mail_client", "Apple Mail"),
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)": ("mail_client", "Outlook"),
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; .NET CLR 2.0.50727; "
    "Microsoft Outlook 16.0.4266; ms-office; MSOffice 16)": ("mail_client", "Outlook"),
    "Outlook-iOS/709.2226530.prod.iphone (3.24.0)": ("mail_client", "Outlook"),
    "Microsoft Office Existence Discovery": ("scanner", "Microsoft Office's link check"),
    "Barracuda Sentinel (EE)": ("scanner", "Barracuda"),
    "WhatsApp/2.23.20.0": ("scanner", "WhatsApp"),
    "python-requests/2.31": ("library", "Python"),
    "okhttp/4.9": ("library", "Java"),
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)": ("bot", "A crawler"),
    "Something/1.0": ("unknown", ""),
}
# Each with siblings: what comes for a mail, by what it says of itself.
_COMPATIBLE = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; {}) Chrome/138 Safari"
KINDS = {
    "scanner": [
        "Barracuda Sentinel (EE)",
        "Mimecast-URL",
        "ProofpointBot",
        "Cisco-ESA",
        "Google-Safety",
        "Mozilla/5.0 (compatible; Google-Safety; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Slack-ImgProxy (+https://api.slack.com/robots)",
        "SkypeUriPreview Preview/0.5",
        _COMPATIBLE.format("MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview"),
        "TelegramBot (like TwitterBot)",
        "Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots",
        CHROME.replace("Chrome", "HeadlessChrome"),
    ],
    "assistant": [
        _COMPATIBLE.format("ChatGPT-User/1.0; +https://openai.com/bot"),
        _COMPATIBLE.format("OAI-SearchBot/1.3; +https://openai.com/searchbot"),
        _COMPATIBLE.format("Claude-User/1.0; +Claude-User@anthropic.com"),
        _COMPATIBLE.format("Perplexity-User/1.0; +https://perplexity.ai/perplexity-user"),
        _COMPATIBLE.format("Google-Agent; +https://developers.google.com/crawling"),
        _COMPATIBLE.format("Google-GeminiNotebook; +https://developers.google.com/crawling"),
        _COMPATIBLE.format("CopilotBot/1.0"),
        _COMPATIBLE.format("MistralAI-User/1.0; +https://docs.mistral.ai/robots"),
        _COMPATIBLE.format("Amzn-User/1.0"),
        "DuckAssistBot/1.2; (+http://duckduckgo.com/duckassistbot.html)",
        "meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters)",
        "Kimi-User/1.0",
    ],
    "bot": [
        _COMPATIBLE.format("GPTBot/1.2; +https://openai.com/gptbot"),
        _COMPATIBLE.format("ClaudeBot/1.0; +claudebot@anthropic.com"),
        _COMPATIBLE.format("PerplexityBot/1.0; +https://perplexity.ai/perplexitybot"),
        _COMPATIBLE.format("Something/1.0; +https://something.example/about"),
        "YandexImageResizer",
        "Mozilla/5.0 (compatible; YandexImageResizer/2.0; +http://yandex.com/bots)",
        "Iframely/1.3.1 (+https://iframely.com/docs/about)",
        "anthropic-ai",
    ],
    "library": ["python-requests", "python-requests/2.32.3", "Go-http-client/2.0", "axios/1.7.2"],
    "prefetch": [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/42.0 Safari/537 Edge/12.246 Mozilla/5.0"
    ],
    "image_proxy": ["GoogleImageProxy", "YahooMailProxy"],
    "mail_client": [
        "Outlook-iOS",
        "Outlook-Android/2.0",
        "MacOutlook/16.90",
        "Thunderbird/115",
        "Mail/3731.700.6 CFNetwork/1410.0.3 Darwin/22.6.0",
    ],
    "browser": [
        "Mozilla/5.0 (Linux; Android 14; SM-S918B; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/4.0 Chrome/122.0.0.0 Mobile Safari/537.36",
        f"{CHROME} Edg/131.0.0.0 Copilot/1.0",
    ],
}


def traits(agent=CHROME, ip="203.0.113.5", method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return classify(method, {"user-agent": agent, **headers}, ip, Knowledge.default())


@pytest.mark.parametrize("agent", AGENTS)
def test_agents(agent):
    found = traits(agent)
    assert (found.agent, found.agent_name) == AGENTS[agent]


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    assert {agent: traits(agent).agent for agent in KINDS[kind]} == dict.fromkeys(KINDS[kind], kind)


@pytest.mark.parametrize(
    ("signer", "name"),
    [
        ('"https://chatgpt.com"', "chatgpt.com"),
        ('sig1="https://agent.bot.goog"', "agent.bot.goog"),
        ("nobody", ""),
    ],
)
def test_an_assistant_in_a_browser_of_its_own_signs_its_requests(signer, name):
    found = traits(CHROME, signature_agent=signer)
    assert (found.agent, found.agent_name) == ("assistant", name)
    crawler = traits("Mozilla/5.0 (compatible; GPTBot/1.2)", signature_agent=signer)
    assert crawler.agent == "bot"


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.5", ""),
        ("40.107.3.4", "scanner"),
        ("2a01:111:f400:7e00::1", "scanner"),
        ("2a01:111:1::", "hosting"),
        ("20.1.2.3", "hosting"),
        ("18.184.203.225", "scanner"),
        ("170.10.133.2", "probable_scanner"),
        ("66.249.84.3", "image_proxy"),
        ("172.225.7.7", "privacy_relay"),
        ("165.225.20.155", ""),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:40.107.3.4", "scanner"),
        ("nonsense", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_networks(ip, network):
    assert traits(ip=ip).network == network


@pytest.mark.parametrize(
    ("method", "headers", "hints"),
    [
        ("GET", {}, ()),
        ("HEAD", {}, ("head",)),
        ("GET", {"sec_purpose": "prefetch;prerender"}, ("prefetch",)),
        ("GET", {"purpose": "Prefetch"}, ("prefetch",)),
        ("GET", {"x_purpose": "preview"}, ("prefetch",)),
        ("GET", {"x_moz": "prefetch"}, ("prefetch",)),
        ("GET", {"dnt": "1", "sec_gpc": "1"}, ("dnt", "gpc")),
        ("GET", {"dnt": "0", "sec_purpose": None}, ()),
    ],
)
def test_hints(method, headers, hints):
    assert traits(method=method, **headers).hints == hints


def test_device():
    phone, desk = traits(IPHONE), traits()
    assert (phone.device_type, phone.client, phone.os) == ("mobile", "Apple Mail", "iOS")
    assert (desk.device_type, desk.client, desk.os) == ("desktop", "Chrome", "Windows")


def test_a_proxy_tells_no_device():
    found = traits("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Firefox/11.0 (via GoogleImageProxy)")
    assert (found.device_type, found.client, found.os) == ("", "Gmail", "")


@pytest.mark.parametrize("headers", [{}, {"user-agent": None}, {"user-agent": "\x00" * 9}, None])
def test_never_raises(headers):
    assert classify("GET", headers, object(), Knowledge.default()).agent in ("empty", "unknown")
