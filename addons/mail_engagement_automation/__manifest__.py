{
    "name": "Email Engagement for Automation Rules",
    "summary": "Automation rules set off by what people do with an e-mail",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Email Engagement contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    # As in mail_engagement.
    "website": "",
    "support": "",
    "maintainers": [],
    "depends": ["base_automation", "mail_engagement"],
    "data": [
        "data/ir_cron_data.xml",
        "security/ir.model.access.csv",
        "views/base_automation_views.xml",
        "views/mail_engagement_fact_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["mail_engagement_automation/static/src/*"],
        "web.assets_tests": ["mail_engagement_automation/static/tests/tours/*"],
    },
    "auto_install": True,
}
