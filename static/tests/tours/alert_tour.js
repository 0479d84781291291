import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("mail_engagement_alerts", {
    steps: () => [
        {
            content: "Two things are unread",
            trigger: ".o-mail-EngagementMenu-counter:contains(2)",
            run: "click",
        },
        {
            content: "The newest stands first; it leads to the record",
            trigger: ".o-mail-EngagementMenu-alert:first:contains(Carla clicked “offer” in “Your)",
            run: "click",
        },
        {
            content: "The record is open",
            trigger: ".o_form_view .o-mail-EngagementChip",
        },
        {
            content: "One is left",
            trigger: ".o-mail-EngagementMenu-counter:contains(1)",
            run: "click",
        },
        {
            content: "That one is known too",
            trigger: ".o-mail-EngagementMenu button:contains(Mark all as read)",
            run: "click",
        },
        {
            content: "Nothing is unread, both are still there",
            trigger:
                ".o-mail-EngagementMenu:not(:has(.o-unread)) .o-mail-EngagementMenu-alert:eq(1)",
        },
        {
            content: "No number is left",
            trigger: ".o-mail-EngagementMenu-toggle:not(:has(.badge))",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_alert_preferences", {
    steps: () => [
        {
            content: "The user's menu",
            trigger: ".o_user_menu button",
            run: "click",
        },
        {
            content: "leads to the preferences",
            trigger: ".dropdown-item[data-menu=settings], .dropdown-item[data-menu=preferences]",
            run: "click",
        },
        {
            content: "What one is told of is a preference",
            trigger: "[name=engagement_alert_open] input",
            run: "click",
        },
        {
            content: "The team's mails too",
            trigger: "[name=engagement_alert_scope] label:contains(My sales teams)",
            run: "click",
        },
        {
            content: "Keep it",
            trigger: "button[name=preference_save]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is kept",
            trigger: "body:not(:has(.modal)) .o-mail-EngagementMenu-toggle",
        },
    ],
});
