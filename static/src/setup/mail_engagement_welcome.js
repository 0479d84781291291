import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/** For newcomers: write to a customer, see the chip, open what it knows. */
registry.category("web_tour.tours").add("mail_engagement_welcome", {
    url: "/odoo",
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            trigger: ".o_app[data-menu-xmlid='crm.crm_menu_root']",
            content: _t("See what becomes of your e-mails: open your pipeline."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_opportunity_kanban .o_kanban_record",
            content: _t("Choose an opportunity whose customer has an e-mail address."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".o-mail-Chatter-sendMessage:not(.active)",
            content: _t("Write to the customer."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            content: _t("Write a few words. The eye below says that this message is followed."),
            tooltipPosition: "top",
            run: "edit Here is our offer.",
        },
        {
            trigger: ".o-mail-Composer-send:enabled",
            content: _t("Send it."),
            tooltipPosition: "left",
            run: "click",
        },
        {
            trigger: ".o-mail-EngagementChip",
            content: _t(
                "Here you see within seconds when it is opened, clicked or answered. Have a look.",
            ),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o-mail-EngagementPopover",
            content: _t("What each recipient did, newest first; machines stand apart."),
            tooltipPosition: "left",
            run: "click",
        },
    ],
});
