"""``tools`` is imported as a part of the addon, without the addon, which needs Odoo."""

from dev import addon

addon.plant()
