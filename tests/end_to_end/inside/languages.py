# Run in Odoo's shell: two languages besides English, in which the addon's texts come as well.
# ruff: noqa: F821 Odoo's shell brings env
languages = env["res.lang"].with_context(active_test=False)
languages = languages.search([("code", "in", ("fr_FR", "ja_JP"))])
env["base.language.install"].create({"lang_ids": languages.ids}).lang_install()
env.cr.commit()
