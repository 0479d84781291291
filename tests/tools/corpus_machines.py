"""Machines, as documented: each case is a function of a Draw that returns (links, requests)."""

from corpus_parts import APPLE_MAIL, GMAIL, GMAIL_PREFETCH, request

H, M = "human", "machine"


def _sweep(draw, start, ip, agent, links, pause, shuffled=False, opens=True):
    """Load the picture, or not, then every link."""
    t, made = start, []
    if opens:
        made.append(request(t, "open", ip, agent, M))
    order = list(range(links))
    if shuffled:
        draw.random.shuffle(order)
    for link in order:
        t += draw.between(*pause)
        made.append(request(t, "click", ip, agent, M, link))
    return made


def exchange_online(draw):
    """Microsoft's filter looks with a browser's agent, also hours later (endpoint sets 9, 10)."""
    links = draw.random.randint(1, 4)
    start = draw.between(1, 30) if draw.random.random() < 0.7 else draw.between(600, 30000)
    agent = draw.random.choice([draw.of("desktop"), draw.of("phone")])
    return links, _sweep(draw, start, draw.address("eop"), agent, links, (0.05, 4))


def barracuda(draw):
    """Barracuda's published networks, a browser's agent."""
    links = draw.random.randint(1, 4)
    ip, agent = draw.address("barracuda"), draw.of("desktop")
    return links, _sweep(draw, draw.between(1, 40), ip, agent, links, (0.05, 2), opens=False)


def named_scanner(draw):
    """The agent says what it is, from any network."""
    agent, ip = draw.of("scanners"), draw.address("hidden")
    return 2, _sweep(draw, draw.between(1, 4000), ip, agent, 2, (0.1, 3))


def program(draw):
    """A library's agent, or none at all."""
    agent, ip = draw.of("programs"), draw.home()
    return 2, _sweep(draw, draw.between(1, 9000), ip, agent, 2, (0.1, 3))


def cloud_sandbox(draw):
    """A sandbox in a cloud: current Chrome, random delays, all links (adversarial)."""
    links = draw.random.randint(2, 5)
    return links, _sweep(
        draw,
        draw.between(2, 180),
        draw.address("clouds"),
        draw.style.desktop[0],
        links,
        (0.5, 20),
        draw.random.random() < 0.4,
        draw.random.random() < 0.5,
    )


def slow_cloud_sandbox(draw):
    """As before, with long random delays, never loading pictures (adversarial)."""
    links = draw.random.randint(2, 4)
    ip, start = draw.address("clouds"), draw.between(5, 120)
    return links, _sweep(draw, start, ip, draw.style.desktop[0], links, (15, 100), True, False)


def unlisted_scanner(draw):
    """A scanner in a network that no list names: current Chrome, random delays, no picture."""
    links = draw.random.randint(2, 5)
    return links, _sweep(
        draw,
        draw.between(2, 60),
        draw.address("hidden"),
        draw.style.desktop[0],
        links,
        (0.3, 8),
        draw.random.random() < 0.4,
        False,
    )


def unlisted_renderer(draw):
    """A scanner in an unlisted network renders the mail: picture and links at once."""
    links = draw.random.randint(2, 5)
    ip, start = draw.address("hidden"), draw.between(1, 45)
    return links, _sweep(draw, start, ip, draw.of("desktop"), links, (0.02, 0.9))


def unlisted_glance(draw):
    """An unlisted scanner follows one link within seconds."""
    links = draw.random.randint(1, 3)
    t, ip = draw.between(0.5, 7), draw.address("hidden")
    return links, [request(t, "click", ip, draw.of("desktop"), M, 0)]


def cloud_glance(draw):
    """One link of the mail, from a cloud, within the first half minute."""
    t, ip = draw.between(1, 28), draw.address("clouds")
    return 3, [request(t, "click", ip, draw.of("desktop"), M, draw.random.randrange(3))]


def cloud_picture(draw):
    """The picture alone, from a cloud, within the first minute."""
    t, ip = draw.between(1, 55), draw.address("clouds")
    return 2, [request(t, "open", ip, draw.of("desktop"), M)]


def head_first(draw):
    """HEAD, then GET of the same link by the same program."""
    t, ip, agent = draw.between(1, 300), draw.address("hidden"), draw.of("desktop")
    return 2, [
        request(t, "click", ip, agent, M, 0, "HEAD"),
        request(t + draw.between(0.05, 2), "click", ip, agent, M, 0),
    ]


def head_only(draw):
    """HEAD alone, whenever."""
    t, ip = draw.between(1, 9000), draw.home()
    kind = draw.random.choice(["open", "click", "attachment"])
    link = None if kind == "open" else 0
    return 2, [request(t, kind, ip, draw.of("desktop"), M, link, "HEAD")]


def gmail_prefetch(draw):
    """Gmail fetches ahead while its window is open; the person opens later."""
    t = draw.between(1, 3000)
    made = [request(t, "open", draw.address("google"), GMAIL_PREFETCH, M)]
    if draw.random.random() < 0.5:
        later = t + draw.later(30)
        made.append(request(later, "open", draw.address("google"), GMAIL, H))
    return 2, made


def flock(draw):
    """Many addresses of one cloud, a link each."""
    links, start = draw.random.randint(3, 5), draw.between(2, 90)
    agent = draw.style.desktop[0]
    return links, [
        request(start + draw.between(0, 12), "click", draw.address("clouds"), agent, M, link)
        for link in range(links)
    ]


def gateway_look(draw):
    """A mail gateway's network within its first minute, a browser's agent."""
    links, ip = draw.random.randint(1, 3), draw.address("gateways")
    agent, start = draw.of("desktop"), draw.between(1, 50)
    return links, _sweep(draw, start, ip, agent, links, (0.1, 5), opens=draw.random.random() < 0.5)


def stripped_fetcher(draw):
    """The agent of Apple Mail cut short, at delivery: Outlook's fetchers send it as well."""
    return 1, [request(draw.between(1, 40), "open", draw.address("azure"), APPLE_MAIL, M)]


def scanner_then_person(draw):
    """A scanner sweeps the mail, and hours later a person reads it somewhere else."""
    links, machines = cloud_sandbox(draw)
    t, ip, agent = draw.later(900), draw.home(), draw.of("phone")
    return links, [
        *machines,
        request(t, "open", ip, agent, H),
        request(t + draw.between(4, 60), "click", ip, agent, H, draw.random.randrange(links)),
    ]


def attachment_scan(draw):
    """A scanner fetches links and files alike."""
    links, ip, agent = 2, draw.address("clouds"), draw.of("desktop")
    start = draw.between(2, 60)
    return links, [
        *_sweep(draw, start, ip, agent, links, (0.2, 3), opens=False),
        request(start + draw.between(7, 12), "attachment", ip, agent, M, 0),
    ]


CASES = {
    exchange_online: 10,
    barracuda: 5,
    named_scanner: 5,
    program: 5,
    cloud_sandbox: 10,
    slow_cloud_sandbox: 4,
    unlisted_scanner: 6,
    unlisted_renderer: 5,
    unlisted_glance: 3,
    cloud_glance: 5,
    cloud_picture: 4,
    head_first: 3,
    head_only: 3,
    gmail_prefetch: 6,
    flock: 4,
    gateway_look: 5,
    stripped_fetcher: 3,
    scanner_then_person: 5,
    attachment_scan: 6,
}
