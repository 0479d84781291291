"""The page where the day begins, in a real browser."""

from odoo.tests import HttpCase, tagged

from .test_dashboard import DashboardCase

PAGE = "/odoo/emails-today"


@tagged("post_install", "-at_install")
class TestDashboardTours(DashboardCase, HttpCase):
    # Through the menus.
    first = "/odoo"

    def test_a_day(self):
        self.busy()
        self.start_tour(PAGE, "mail_engagement_dashboard", login="anna")

    def test_leader(self):
        self.busy()
        self.start_tour(PAGE, "mail_engagement_dashboard_leader", login="lea")

    def test_first_mail(self):
        self.lead.message_subscribe(self.carla.ids)
        self.start_tour(self.first, "mail_engagement_dashboard_first", login="anna")
        self.assertTrue(self.lead.message_ids.engagement_tracking_ids)


@tagged("post_install", "-at_install")
class TestDashboardPhone(TestDashboardTours):
    browser_size = "390x844"
    touch_enabled = True
    first = PAGE
