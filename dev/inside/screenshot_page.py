# Run by the screenshots in Odoo's shell: prints the path of a contact's own page.
company = env.ref("base.main_company")  # noqa: F821 Odoo's shell brings it
mail = env["mail.mail"].new({"message_id": "<page@mail-engagement.example>"})  # noqa: F821
signer = env["mail.engagement.outgoing"]._engagement_signer(  # noqa: F821
    mail, company._engagement_settings(company.id)
)
contact = env.ref("base.res_partner_5")  # noqa: F821
[key] = env["mail.engagement.contact"]._engagement_page_keys(contact.ids).values()  # noqa: F821
env.cr.commit()  # noqa: F821
print("PATH=/e/p/" + signer.page_url(key).rpartition("/")[2])
