"""Let each provider tell of deliveries; SECRETS in the environment has what they prove it by."""

import json
import os

made = {
    name: env["mail.engagement.provider"].create(  # noqa: F821 Odoo's shell brings it
        {"provider": name, "secret": secret}
    )
    for name, secret in json.loads(os.environ["SECRETS"]).items()
}
env.cr.commit()  # noqa: F821
print(json.dumps({name: one.key for name, one in made.items()}))
