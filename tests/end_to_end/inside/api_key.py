# Run in Odoo's shell: an API key of the administrator.
from datetime import datetime, timedelta

admin = env.ref("base.user_admin")  # noqa: F821 Odoo's shell brings it
keys = env["res.users.apikeys"].with_user(admin)  # noqa: F821
print("KEY=" + keys._generate("rpc", "test", datetime.now() + timedelta(hours=1)))
env.cr.commit()  # noqa: F821
