import ipaddress
from collections import defaultdict
from datetime import timedelta

from odoo import models

from ..relay.engagement_relay import token
from ..relay.engagement_relay.observe import bucket

# How long before and after an event a device of the sender's may have been seen.
NEAR = timedelta(days=14)
# Odoo's names of platforms and browsers are its own, ours are ua-parser's.
APPLE_MOBILE = ("iphone", "ipad", "ipod")


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_own_events(self, events):
        """Which of these mails' events their senders caused: same public address, same program.

        An address alone is a whole office's, and an inner address proves nothing. Where no
        address was kept, the bucket of the sender's address is compared.

        :param mail.engagement.event events: of these mails
        :rtype: set[int], ids
        """
        devices = self._engagement_senders_devices(events)
        found = set()
        for tracking, mine in events.grouped("tracking_id").items():
            known = devices.get(tracking.author_id, ())
            salts = tracking._engagement_salts() if known else ()
            uid = bytes.fromhex(tracking.uid)
            # sudo: only managers read addresses.
            for event in mine.sudo():
                for address, system, browser in known:
                    if (system, browser) != (_system(event.os), _browser(event.client)):
                        continue
                    if event.ip == address or (
                        not event.ip
                        and event.source
                        and event.source in {bucket(salt, uid, address) for salt in salts}
                    ):
                        found.add(event.id)
        return found

    def _engagement_senders_devices(self, events):
        """The devices that the senders of these mails used around the events.

        :return: by author, (public address, system, browser)
        :rtype: dict[res.partner, set[tuple[str, str, str]]]
        """
        # sudo: where a user's devices are is his own business; here it is compared, not shown.
        users = self.sudo().author_id.user_ids
        times = events.mapped("occurred_at")
        if not users or not times:
            return {}
        devices = defaultdict(set)
        for user, platform, browser, address in (
            self.env["res.device.log"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "in", users.ids),
                    ("last_activity", ">=", min(times) - NEAR),
                    ("first_activity", "<=", max(times) + NEAR),
                ],
                ["user_id", "platform", "browser", "ip_address"],
            )
        ):
            if _is_public(address):
                devices[user.partner_id].add((address, _system(platform), _browser(browser)))
        return devices

    def _engagement_salts(self):
        """What Odoo's own edge and the relays make buckets with.

        :rtype: list[bytes]
        """
        # sudo: the company's secrets stay in here.
        company = self.company_id.sudo()
        if not company.engagement_tenant:
            return []
        held = (
            self.env["mail.engagement.key"]
            ._engagement_secrets()
            .get(bytes.fromhex(company.engagement_tenant), {"uid": None, "token": {}})
        )
        salts = [token.outer_key(master, "o") for master, _state in held["token"].values()]
        return [*([held["uid"]] if held["uid"] else []), *salts]


def _is_public(address):
    try:
        return ipaddress.ip_address(address or "").is_global
    except ValueError:
        return False


def _system(name):
    name = (name or "").lower().replace(" ", "")
    if name in APPLE_MOBILE or name == "ios":
        return "ios"
    return {"macosx": "macos", "ubuntu": "linux", "fedora": "linux"}.get(name, name)


def _browser(name):
    name = (name or "").lower().split(" ")[0]
    return {"mobile": "safari", "msie": "ie"}.get(name, name)
