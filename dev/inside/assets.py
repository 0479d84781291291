# Run by the tests in Odoo's shell: the web client's bundles, once. Each browser test would make
# them again, as it is rolled back, and run out of its time on a busy machine.
env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821 Odoo's shell brings it
env.cr.commit()  # noqa: F821
