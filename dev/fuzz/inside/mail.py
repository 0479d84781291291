# Run in Odoo's shell once a relay is paired: a mail with a link, a followed file and a page leaves.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
company.write({"engagement_page_link": True, "engagement_edge": "relay"})
company.engagement_relay_id.url = "http://127.0.0.1"
customer = env["res.partner"].create(  # noqa: F821
    {"name": "Carla", "email": "carla@customer.example.com"}
)
lead = env["crm.lead"].create({"name": "Solar roof", "partner_id": customer.id})  # noqa: F821
file = env["ir.attachment"].create(  # noqa: F821
    {"name": "offer.pdf", "raw": b"%PDF-1.4", "engagement_follow": "follow"}
)
lead.message_post(
    body="<p><a href='https://shop.example.com/offer'>our offer</a></p>",
    body_is_html=True,
    message_type="comment",
    subtype_xmlid="mail.mt_comment",
    partner_ids=customer.ids,
    attachment_ids=file.ids,
)
env.cr.commit()  # noqa: F821
