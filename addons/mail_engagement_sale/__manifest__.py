{
    "name": "Email Engagement for Quotations",
    "summary": "Tells a customer's visit of a quotation from a scanner's",
    "version": "19.0.1.0.0",
    "category": "Sales/Sales",
    "author": "Email Engagement contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    # As in mail_engagement.
    "website": "",
    "support": "",
    "maintainers": [],
    "depends": ["sale", "mail_engagement"],
    "auto_install": True,
    "data": [
        "security/ir.model.access.csv",
        "security/mail_engagement_visit_rules.xml",
        "data/ir_cron_data.xml",
        "views/sale_order_views.xml",
    ],
    "assets": {"web.assets_tests": ["mail_engagement_sale/static/tests/**/*"]},
}
