# Run in Odoo's shell: a mail with a link and a file leaves and is followed.
contact = env["res.partner"].create(  # noqa: F821 Odoo's shell brings it
    {"name": "Lifecycle", "email": "lifecycle@customer.test"}
)
lead = env["crm.lead"].create({"name": "Lifecycle", "partner_id": contact.id})  # noqa: F821
lead.message_post(
    body="Hello https://shop.test/offer",
    partner_ids=contact.ids,
    subtype_xmlid="mail.mt_comment",
    attachments=[("offer.pdf", b"%PDF-1.4 offer")],
)
env.cr.commit()  # noqa: F821 it leaves after the commit
sent = env["mail.engagement.tracking"].search([("partner_id", "=", contact.id)])  # noqa: F821
links = env["mail.engagement.link"].search([("rfc_message_id", "=", sent.rfc_message_id)])  # noqa: F821
assert sent.state == "sent", sent.state
assert links.attachment_id, "the file was not followed"
env.cr.commit()  # noqa: F821
