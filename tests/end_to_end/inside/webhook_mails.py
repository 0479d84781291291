# Run in Odoo's shell: MAILS followed mails of the past, to people who refused nothing.
import os
import secrets

company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
contacts = env["res.partner"].create(  # noqa: F821
    [
        {"name": f"Hooked {number}", "email": f"hooked{number}@customer.test"}
        for number in range(int(os.environ["MAILS"]))
    ]
)
env["mail.engagement.tracking"].create(  # noqa: F821
    [
        {
            "uid": secrets.token_hex(10),
            "rfc_message_id": f"<{contact.id}.hooked@seller.test>",
            "subject": f"Offer to {contact.name}",
            "partner_id": contact.id,
            "email_normalized": contact.email,
            "company_id": company.id,
            "sent_at": "2026-01-05 08:00:00",
            "state": "sent",
        }
        for contact in contacts
    ]
)
env.cr.commit()  # noqa: F821
