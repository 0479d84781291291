{
    "name": "Email Engagement",
    "summary": "Truthful opens, clicks, attachment views and replies on one-to-one mails",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "author": "Email Engagement contributors",
    "license": "LGPL-3",
    "application": True,
    "development_status": "Beta",
    "images": ["static/description/banner.png"],
    # Whoever publishes it says where, and whom to ask: CONTRIBUTING.md, "Cutting a release". While
    # there is no website, the Apps menu leads to the description page instead.
    "website": "",
    "support": "",
    "maintainers": [],
    "depends": ["crm"],
    "external_dependencies": {
        "python": [
            "authres",
            "crawlerdetect",
            "dnspython",
            "idna",
            "publicsuffixlist",
            "pypdf",
            "pyspf",
            "standardwebhooks",
            "ua-parser",
        ]
    },
    "data": [
        "security/mail_engagement_groups.xml",
        "security/ir.model.access.csv",
        "security/mail_engagement_rules.xml",
        # core
        "data/ir_cron_data.xml",
        "views/core/mail_engagement_audit_views.xml",
        "views/core/res_config_settings_views.xml",
        "wizards/base_module_uninstall_views.xml",
        # consent
        "data/mail_engagement_policy_data.xml",
        "views/consent/mail_engagement_policy_views.xml",
        "views/consent/res_config_settings_views.xml",
        "views/consent/res_partner_views.xml",
        # sending
        "data/mail.engagement.app.link.csv",
        "views/sending/mail_engagement_app_link_views.xml",
        "views/sending/mail_engagement_tracking_views.xml",
        "views/sending/mail_compose_message_views.xml",
        "views/sending/res_users_views.xml",
        # events
        "views/events/mail_engagement_event_views.xml",
        "views/events/mail_engagement_correction_views.xml",
        "views/events/mail_engagement_knowledge_views.xml",
        "views/events/mail_engagement_rejudge_views.xml",
        "views/events/res_config_settings_views.xml",
        # facts
        "data/mail_engagement_fact_data.xml",
        "views/facts/mail_engagement_fact_views.xml",
        # webhooks
        "data/mail_engagement_webhook_data.xml",
        "views/webhooks/mail_engagement_webhook_views.xml",
        # delivery
        "views/delivery/mail_engagement_tracking_views.xml",
        "views/delivery/mail_engagement_provider_views.xml",
        "views/delivery/res_config_settings_views.xml",
        "wizards/mail_engagement_send_again_views.xml",
        # alerts
        "data/mail_engagement_alert_data.xml",
        "views/alerts/mail_engagement_alert_templates.xml",
        "views/alerts/res_config_settings_views.xml",
        "views/alerts/res_users_views.xml",
        # reminders
        "data/mail_engagement_reminder_data.xml",
        "views/reminders/mail_engagement_reminder_templates.xml",
        "views/reminders/mail_engagement_reminder_views.xml",
        "views/reminders/mail_compose_message_views.xml",
        # insight
        "data/ir_filters_data.xml",
        "data/mail_engagement_day_data.xml",
        "views/insight/mail_engagement_report_views.xml",
        "views/insight/mail_engagement_rate_views.xml",
        "views/insight/mail_template_views.xml",
        "views/insight/res_partner_views.xml",
        "views/insight/digest_digest_views.xml",
        "data/digest_data.xml",
        # relay
        "views/relay/mail_engagement_relay_views.xml",
        "views/relay/res_config_settings_views.xml",
        # mailboxes
        "data/mail_engagement_mailbox_data.xml",
        "views/mailboxes/mail_engagement_mailbox_views.xml",
        # setup
        "views/setup/mail_engagement_terms_templates.xml",
        "views/setup/mail_engagement_permission_templates.xml",
        "wizards/mail_engagement_terms_wizard_views.xml",
        "wizards/mail_engagement_permission_wizard_views.xml",
        "views/setup/mail_engagement_setup_views.xml",
        "views/setup/res_config_settings_views.xml",
        "data/ir_actions_todo_data.xml",
        "data/web_tour_data.xml",
        # privacy
        "report/engagement_processing_report.xml",
        "views/privacy/mail_engagement_preferences_templates.xml",
        "views/privacy/res_config_settings_views.xml",
        "wizards/mail_engagement_erase_wizard_views.xml",
        # crm
        "views/crm/crm_lead_views.xml",
        # dashboard
        "views/dashboard/mail_engagement_dashboard_views.xml",
        # what leads to all of them
        "views/menus.xml",
    ],
    "post_load": "post_load",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "demo": ["demo/mail_engagement_demo.xml", "demo/mail_engagement_history_demo.xml"],
    "assets": {
        "web.assets_backend": ["mail_engagement/static/src/**/*"],
        "web.assets_unit_tests": [
            "mail_engagement/static/tests/**/*",
            ("remove", "mail_engagement/static/tests/tours/**/*"),
        ],
        "web.assets_tests": ["mail_engagement/static/tests/tours/**/*"],
    },
}
