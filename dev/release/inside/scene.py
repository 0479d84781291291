# Run in Odoo's shell by `keep-release`: a database in which everything was used, in two companies.
# ruff: noqa: F821 Odoo's shell brings env
import json
import secrets
from datetime import timedelta

from markupsafe import Markup

from odoo import fields

from odoo.addons.mail_engagement.relay.engagement_relay.protocol.observation import Observation

PDF = b"%PDF-1.4 offer"
# Nothing of the scene may be too old for anything when it is restored years later.
DAYS = 365 * 50
NOW = fields.Datetime.now()

env["ir.config_parameter"].set_param("ir_attachment.location", "db")
# Icons, which no test looks at, and whose files are not part of the dump.
env["ir.attachment"].search([("store_fname", "!=", False), ("res_field", "!=", False)]).unlink()
admin = env.ref("base.user_admin")
admin.email = "admin@seller.example"
env = env(user=admin.id)
here = env.ref("base.main_company")
there = env["res.company"].create({"name": "There", "country_id": env.ref("base.be").id})
admin.company_ids |= there
env = env(context={"allowed_company_ids": [here.id, there.id]})


def accept(company, **settings):
    """Terms with a history, permission, and settings."""
    env["mail.engagement.terms"].accept(company)
    env["mail.engagement.terms"].withdraw(company)
    env["mail.engagement.terms"].accept(company)
    env["mail.engagement.permission"].grant(company, "odoo")
    days = {"engagement_event_days": DAYS, "engagement_person_days": DAYS}
    company.write({"engagement_enabled": True, **days, **settings})


def contact(name, **values):
    address = f"{name.lower()}@customer.example"
    return env["res.partner"].create({"name": name, "email": address, **values})


def send(company, partner, **values):
    """Have a mail with a link and a file leave.

    :return: the recipients' rows
    """
    lead = env["crm.lead"].with_company(company)
    lead = lead.create({"name": "Roof", "partner_id": partner[:1].id, "company_id": company.id})
    message = lead.message_post(
        body=Markup('<p>Our <a href="https://shop.example/offer?a=1">offer</a></p>'),
        subject=f"Offer to {partner[:1].name}",
        partner_ids=partner.ids,
        subtype_xmlid="mail.mt_comment",
        attachments=[("offer.pdf", PDF)],
        **values,
    )
    env.cr.commit()  # it leaves after the commit
    rows = message.engagement_tracking_ids
    message.write({"engagement_follow": "follow", "engagement_template_id": template.id})
    message.attachment_ids.engagement_follow = "follow"
    assert rows and set(rows.mapped("state")) == {"sent"}, rows.mapped("state")
    return rows


def see(row, type_="open", after=3000, **values):
    """Have an edge see a request, seconds after sending, and judge the mail."""
    link = env["mail.engagement.link"].search(
        [("rfc_message_id", "=", row.rfc_message_id)], limit=1
    )
    sent_at = int(row.sent_at.timestamp())
    seen = {"agent": "browser", "client": "Firefox", "os": "Linux", "country": "JP", "source": 7}
    seen |= {"ip": "81.2.69.142", "city": "Osaka", "device_type": "desktop", **values}
    observation = Observation(
        uid=secrets.token_hex(16),
        type=type_,
        mail=row.uid,
        sent_at=sent_at,
        policy=3,
        at=sent_at + after,
        link=None if type_ == "open" else int(link.reference, 16),
        **seen,
    )
    env["mail.engagement.event"].sudo()._engagement_insert(row.company_id, [observation])
    env.flush_all()
    env["mail.engagement.tracking"].sudo()._engagement_judge_pending()
    env.invalidate_all()
    return env["mail.engagement.event"].search([("uid", "=", observation.uid)])


def reply(row):
    """Have the recipient answer by mail."""
    text = (
        f"From: {row.email_normalized}\nTo: admin@seller.example\nSubject: Re: Offer\n"
        f"Message-Id: <{secrets.token_hex(8)}@customer.example>\n"
        f"In-Reply-To: {row.rfc_message_id}\nReferences: {row.rfc_message_id}\n\nYes!\n"
    )
    env["mail.thread"].sudo().message_process("crm.lead", text)


accept(here, engagement_follow_attachments=True, engagement_page_link=True)
accept(
    there,
    engagement_follow_attachments=True,
    engagement_honour_gpc=True,
    engagement_max_policy="no_ip",
    engagement_open_window=5,
    engagement_excluded_domains="rival.example",
)
admin.write({"engagement_alert_click": False, "engagement_alert_offline": "mail"})
env["mail.engagement.policy"].create(
    {"country_id": env.ref("base.be").id, "policy": "anonymous", "source": "A law"}
)
env["mail.engagement.knowledge"].create(
    {"kind": "network", "match": "93.184.216.0/24", "name": "Our gateway"}
)

# A relay answers for the second company.
relay = env["mail.engagement.relay"].create({"name": "Edge", "company_id": there.id})
told = relay.sudo()._engagement_pair(relay.pairing_code, "Edge", "1.0.0", ["track.example"])
there.engagement_edge = "relay"

lead_model = env.ref("crm.model_crm_lead")
template = env["mail.template"].create({"name": "Offer", "model_id": lead_model.id})
carla, chen, dora, emil, fay = map(contact, ("Carla", "Chen", "Dora", "Emil", "Fay"))
bea = contact("Bea", country_id=env.ref("base.be").id)
at = fields.Datetime.to_string(NOW + timedelta(days=3))
answered = send(
    here, carla, engagement_reminder={"condition": "no_reply", "remind_at": at, "note": "Ask"}
)
read_ = send(here, chen)
shared = send(here, dora + emil)
counted = send(here, bea)
refused = send(here, fay)
elsewhere = send(there, carla)
# Tokens of a former key stay good.
env["mail.engagement.key"].sudo()._engagement_rotate(here)
send(here, contact("Gil"))

see(answered)
see(answered, "click", 3060)
see(answered, "attachment", 3120)
see(answered, after=2, agent="scanner", agent_name="A scanner", ip="93.184.216.34")
see(answered, hints=("session",), after=20)
see(read_, agent="unknown")
see(counted)
see(elsewhere, "click")
reply(answered)
machine = see(read_, after=1, agent="scanner", agent_name="Another", source=9)
machine.engagement_correct("human")
undone = see(shared[:1], after=1, agent="scanner", agent_name="Another", source=9)
undone.engagement_correct("human")
undone.engagement_undo_correction()

# What people said, in every way, and what follows from it for mails already sent.
carla._engagement_set_consent({"open": "granted", "click": "granted"}, "form", note="Fair")
chen._engagement_set_consent({"open": "refused"}, "import")
dora._engagement_set_consent({"attachment": "granted"}, "page", text="Yes, you may.")
chen.engagement_opens = False
fay.write({f"engagement_{kind}": "refused" for kind in ("opens", "clicks", "attachments")})
send(here, contact("Hugo")).partner_id._engagement_erase()

mailboxes = env["mail.engagement.mailbox"]
mailboxes._engagement_ensure()
mailboxes.search([("user_id", "=", admin.id)]).action_approve()
env.cr.commit()
print("PAIRING=" + json.dumps({name: told[name] for name in ("relay", "secret", "tenant")}))
