"""Links that open an app: which ones they are."""

import csv
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mail_engagement.tools.body import app_links

SHIPPED = Path(__file__).resolve().parents[2] / "data" / "mail.engagement.app.link.csv"
ROWS = [*csv.DictReader(SHIPPED.open())]
KNOWN = app_links.places(row["place"] for row in ROWS)


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us/j/95551234567?pwd=abc",
        "https://us02web.zoom.us/j/95551234567",
        "https://acme.zoom.us/my/maria",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x/0",
        "https://meet.google.com/abc-defg-hij",
        "https://acme.webex.com/acme/j.php?MTID=m0c",
        "https://www.google.com/maps/place/Osaka",
        "https://www.google.co.jp/maps?q=Osaka",
        "https://maps.google.de/?q=Bonn",
        "https://maps.app.goo.gl/AbC",
        "https://maps.apple.com./?q=Bonn",
        "https://www.waze.com/ul?ll=1,2",
        "https://wa.me/81312345678",
        "HTTPS://T.ME/acme",
        "https://line.me/R/ti/p/@acme",
        "https://apps.apple.com/jp/app/id1",
        "https://play.google.com/store/apps/details?id=test",
    ],
)
def test_an_app_opens(url):
    assert app_links.opens_app(urlsplit(url), KNOWN)


@pytest.mark.parametrize(
    "url",
    [
        "https://zoom.us/pricing",
        "https://zoom.us/jobs",
        "https://www.google.com/search?q=maps",
        "https://google.com/mapsofold",
        "https://google.shop.test/maps",
        "https://mygoogle.com/maps",
        "https://notwa.me/1",
        "https://shop.test/wa.me",
        "https://shop.test/?next=https://wa.me/1",
        "https://line.me/en/",
        "https://192.0.2.1/maps",
        "https://localhost/maps",
        "https:///maps",
    ],
)
def test_a_page_opens(url):
    assert not app_links.opens_app(urlsplit(url), KNOWN)


def test_what_ships_is_usable_and_says_where_it_is_from():
    assert all(app_links.is_place(row["place"]) for row in ROWS)
    assert all(row["source"].startswith("https://") for row in ROWS)
    assert len({row["place"] for row in ROWS}) == len(ROWS)
