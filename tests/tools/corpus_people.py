"""People, as they read mail: each case is a function of a Draw that returns (links, requests).

The docstring's first line is the reason why the label is right; it goes into the corpus.
"""

from corpus_parts import APPLE_MAIL, GMAIL, MPP, YAHOO, request

H, M, U, S = "human", "machine", "unknown", "self"


def _clicks(draw, t, ip, agent, links, count=None, pause=(3, 90)):
    """Follow some links one after the other, as a reader does."""
    count = draw.random.choice([0, 1, 1, 1, 2]) if count is None else count
    made = []
    for link in draw.random.sample(range(links), min(count, links)):
        t += draw.between(*pause)
        made.append(request(t, "click", ip, agent, H, link))
    return made


def webmail(draw):
    """A person reads webmail in a browser and follows links (ordinary network and agent)."""
    links, t, ip = draw.random.randint(1, 5), draw.later(), draw.home()
    agent = draw.of("desktop") if draw.random.random() < 0.6 else draw.of("phone")
    return links, [request(t, "open", ip, agent, H), *_clicks(draw, t, ip, agent, links)]


def gmail(draw):
    """Gmail's proxy fetches the picture when the person opens; links come from the browser."""
    links, t, ip = draw.random.randint(1, 5), draw.later(20), draw.home()
    agent = draw.of("desktop") if draw.random.random() < 0.5 else draw.of("phone")
    opened = request(t, "open", draw.address("google"), GMAIL, H)
    return links, [opened, *_clicks(draw, t, ip, agent, links)]


def yahoo(draw):
    """Yahoo's proxy fetches the picture when the person opens."""
    links, t, ip = draw.random.randint(1, 3), draw.later(20), draw.home()
    opened = request(t, "open", draw.home(), YAHOO, H)
    return links, [opened, *_clicks(draw, t, ip, draw.of("desktop"), links)]


def outlook(draw):
    """Outlook on Windows shows pictures with its own agent; links open in the browser."""
    links, t, ip = draw.random.randint(1, 4), draw.later(), draw.home()
    opened = request(t, "open", ip, draw.of("outlook"), H)
    return links, [opened, *_clicks(draw, t, ip, draw.of("desktop"), links)]


def outlook_no_pictures(draw):
    """Outlook blocks pictures by default: a click comes without an open."""
    links, t, ip = draw.random.randint(1, 4), draw.later(40), draw.home()
    return links, _clicks(draw, t, ip, draw.of("desktop"), links, 1)


def mail_client(draw):
    """Thunderbird, Outlook on a phone, a mail app on Android."""
    links, t, ip = draw.random.randint(1, 4), draw.later(), draw.home()
    return links, [
        request(t, "open", ip, draw.of("clients"), H),
        *_clicks(draw, t, ip, draw.of("phone"), links),
    ]


def iphone(draw):
    """An iPhone without Mail Privacy Protection: Mail's own agent, links in Safari."""
    links, t, ip = draw.random.randint(1, 4), draw.later(30), draw.home()
    opened = request(t, "open", ip, draw.of("ios_mail"), H)
    return links, [opened, *_clicks(draw, t, ip, draw.style.iphone, links)]


def iphone_private(draw):
    """Mail Privacy Protection fetches at any time: nobody knows of the open; the click is real."""
    links, t, ip = draw.random.randint(1, 4), draw.between(5, 20000), draw.home()
    if draw.random.random() < 0.3:
        ip = draw.address("relay")
    fetched = request(t, "open", draw.address("relay"), MPP, U)
    return links, [fetched, *_clicks(draw, draw.later(t), ip, draw.style.iphone, links)]


def private_only(draw):
    """Mail Privacy Protection's fetch alone, perhaps twice: whether somebody read, nobody knows."""
    times = sorted(draw.between(1, 40000) for _ in range(draw.random.randint(1, 2)))
    return 2, [request(t, "open", draw.address("relay"), MPP, U) for t in times]


def apple_mail(draw):
    """Apple Mail on a Mac without privacy protection, long after delivery."""
    links, t, ip = draw.random.randint(1, 4), draw.later(90), draw.home()
    agent = next((a for a in draw.style.desktop if "Macintosh" in a), draw.of("desktop"))
    return links, [request(t, "open", ip, APPLE_MAIL, H), *_clicks(draw, t, ip, agent, links)]


def behind_gateway(draw):
    """A gateway looks at the mail first; its customer then reads through its browser isolation."""
    links, agent, ip = draw.random.randint(1, 4), draw.of("desktop"), draw.address("gateways")
    start = draw.between(1, 40)
    looks = [
        request(start + n * draw.between(0.1, 3), "click", ip, agent, M, n) for n in range(links)
    ]
    t = draw.later(300)
    return links, [*looks, request(t, "open", ip, agent, H), *_clicks(draw, t, ip, agent, links)]


def virtual_desktop(draw):
    """A person at a virtual desktop on Azure: a cloud's address, a reader's pace."""
    links, t, ip, agent = draw.random.randint(1, 4), draw.later(90), draw.address("azure"), ""
    agent = draw.of("desktop")
    return links, [request(t, "open", ip, agent, H), *_clicks(draw, t, ip, agent, links)]


def fast_clicker(draw):
    """A person opens the mail and follows four links within seconds."""
    links, t, ip = draw.random.randint(4, 6), draw.later(60), draw.home()
    agent = draw.of("desktop")
    first = t + draw.between(2, 15)
    return links, [
        request(t, "open", ip, agent, H),
        *_clicks(draw, first, ip, agent, links, 4, (0.8, 3)),
    ]


def fast_gmail_clicker(draw):
    """A person in Gmail follows four links within seconds."""
    links, t, ip = draw.random.randint(4, 6), draw.later(40), draw.home()
    return links, [
        request(t, "open", draw.address("google"), GMAIL, H),
        *_clicks(draw, t + 3, ip, draw.of("desktop"), links, 4, (0.8, 3)),
    ]


def quick_reader(draw):
    """The phone buzzes and its owner reads at once, some while the seller is on the telephone."""
    links, t, ip, agent = draw.random.randint(1, 3), draw.between(12, 60), draw.home(), ""
    agent = draw.of("phone")
    return links, [
        request(t, "open", ip, agent, H),
        *_clicks(draw, t, ip, agent, links, 1, (3, 25)),
    ]


def forwarded(draw):
    """The recipient reads, forwards, and a colleague elsewhere reads and clicks: two people."""
    links, t, ip, agent = draw.random.randint(1, 4), draw.later(), draw.home(), draw.of("desktop")
    later = t + draw.later(120)
    ip2, agent2 = draw.home(), draw.of("phone")
    return links, [
        request(t, "open", ip, agent, H),
        request(later, "open", ip2, agent2, H),
        *_clicks(draw, later, ip2, agent2, links),
    ]


def reopened(draw):
    """One view loads the picture twice; the person comes back another day."""
    t, ip, agent = draw.later(), draw.home(), draw.of("desktop")
    return 2, [
        request(t, "open", ip, agent, H),
        request(t + draw.between(0.05, 2), "open", ip, agent, H),
        request(t + draw.between(3000, 200000), "open", ip, agent, H),
    ]


def private_relay_safari(draw):
    """A Safari user behind Private Relay follows a link: a person, says Apple's own list."""
    links, t = draw.random.randint(1, 3), draw.later(60)
    return links, _clicks(draw, t, draw.address("relay"), draw.style.iphone, links, 1)


def files(draw):
    """A person opens the mail and downloads what is attached, twice by a double click."""
    t, ip, agent = draw.later(), draw.home(), draw.of("desktop")
    first = t + draw.between(3, 60)
    return 2, [
        request(t, "open", ip, agent, H),
        request(first, "attachment", ip, agent, H, 0),
        request(first + draw.between(0.2, 1), "attachment", ip, agent, H, 0),
        request(first + draw.between(4, 30), "attachment", ip, agent, H, 1),
    ]


def wrong_clock(draw):
    """The sender's clock is ahead: what is older than it is nobody's, the rest a reader's."""
    t, ip, agent = -draw.between(1, 40), draw.home(), draw.of("desktop")
    click = t + draw.between(15, 80)
    return 2, [
        request(t, "open", ip, agent, U),
        request(click, "click", ip, agent, U if click < 0 else H, 1),
    ]


def hovering(draw):
    """The browser prefetches the link below the pointer, then the person follows it."""
    links, t, ip = 2, draw.later(), draw.home()
    agent = draw.style.desktop[0]
    click = t + draw.between(5, 60)
    return links, [
        request(t, "open", ip, agent, H),
        request(click - draw.between(0.5, 3), "click", ip, agent, M, 0, Sec_Purpose="prefetch"),
        request(click, "click", ip, agent, H, 0),
    ]


def checked_click(draw):
    """A gateway checks the link at the moment of the click, then lets the browser follow it."""
    links, t, ip, agent = draw.random.randint(1, 3), draw.later(120), draw.home(), ""
    agent = draw.of("desktop")
    click, link = t + draw.between(5, 60), draw.random.randrange(links)
    checker = draw.address(draw.random.choice(["gateways", "clouds"]))
    return links, [
        request(t, "open", ip, agent, H),
        request(click, "click", checker, draw.of("desktop"), M, link),
        request(click + draw.between(0.4, 4), "click", ip, agent, H, link),
    ]


def sender(draw):
    """The sender looks at his own mail in the sent folder, and later a customer's quoted reply."""
    t, ip, own, agent = (
        draw.between(2, 400),
        draw.home(),
        draw.address("hidden"),
        draw.of("desktop"),
    )
    later = draw.later(600)
    return 2, [
        request(t, "open", own, agent, S),
        request(t + 20, "click", own, agent, S, 0),
        request(later, "open", ip, draw.of("desktop"), H),
        request(later + draw.later(3600), "open", own, agent, S),
    ]


CASES = {
    webmail: 14,
    gmail: 14,
    yahoo: 3,
    outlook: 10,
    outlook_no_pictures: 8,
    mail_client: 6,
    iphone: 8,
    iphone_private: 12,
    private_only: 6,
    apple_mail: 5,
    behind_gateway: 8,
    virtual_desktop: 8,
    fast_clicker: 8,
    fast_gmail_clicker: 4,
    quick_reader: 4,
    forwarded: 6,
    reopened: 4,
    private_relay_safari: 5,
    files: 8,
    wrong_clock: 3,
    hovering: 3,
    checked_click: 4,
    sender: 6,
}
