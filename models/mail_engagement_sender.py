import ipaddress
from collections import defaultdict
from datetime import datetime, timedelta, timezone

from odoo import models

from ..relay.engagement_relay.detection.observe import bucket
from ..relay.engagement_relay.protocol import token

# How long before and after an event a device of the sender's may have been seen.
NEAR = timedelta(days=14)
# Odoo's names of platforms and browsers are its own, ours are ua-parser's.
APPLE_MOBILE = ("iphone", "ipad", "ipod")


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def _engagement_own_events(self, rows):
        """Which of these mails' events their senders caused: same public address, same program.

        An address alone is a whole office's, and an inner address proves nothing. Where no
        address was kept, the bucket of the sender's address is compared.

        :param list[Row] rows: the events of these mails
        :rtype: set[int], ids
        """
        devices = self._engagement_senders_devices(rows)
        salts = self.company_id._engagement_salts() if devices else {}
        found = set()
        for row in rows:
            for address, system, browser in devices.get(row.author_id, ()):
                if (system, browser) != (_system(row.os), _browser(row.client)):
                    continue
                if row.ip == address or (
                    not row.ip
                    and row.source
                    and row.source
                    in {
                        bucket(salt, bytes.fromhex(row.mail_uid), address)
                        for salt in salts[row.company_id]
                    }
                ):
                    found.add(row.id)
        return found

    def _engagement_senders_devices(self, rows):
        """The devices that the senders of these mails used around the events.

        :return: by the author's id, (public address, system, browser)
        :rtype: dict[int, set[tuple[str, str, str]]]
        """
        # sudo: where a user's devices are is his own business; here it is compared, not shown.
        users = self.sudo().author_id.user_ids
        if not users or not rows:
            return {}
        first, last = min(row.at for row in rows), max(row.at for row in rows)
        devices = defaultdict(set)
        for user, platform, browser, address in (
            self.env["res.device.log"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "in", users.ids),
                    ("last_activity", ">=", _utc(first) - NEAR),
                    ("first_activity", "<=", _utc(last) + NEAR),
                ],
                ["user_id", "platform", "browser", "ip_address"],
            )
        ):
            if _is_public(address):
                devices[user.partner_id.id].add((address, _system(platform), _browser(browser)))
        return devices


class ResCompany(models.Model):
    _inherit = "res.company"

    def _engagement_salts(self):
        """What Odoo's own edge and the relays make buckets with.

        :return: by company id
        :rtype: dict[int, list[bytes]]
        """
        found = {company.id: [] for company in self}
        for held in self.env["mail.engagement.key"]._engagement_secrets().values():
            if held["company"] in found:
                salts = [token.outer_key(master, "o") for master, _state in held["token"].values()]
                found[held["company"]] = [*([held["uid"]] if held["uid"] else []), *salts]
        return found


def _utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


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
