import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const CARD = (code) => `.o-mail-EngagementDashboard [data-card=${code}]`;
const FIGURE = (code) => `.o-mail-EngagementDashboard [data-figure=${code}]`;
// One row, as a list shows it and as a phone's kanban does.
const ROW = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost)";

/** Open what a number leads to, look at it, and come back. */
function through(number, row) {
    return [
        {content: `A number: ${number}`, trigger: number, run: "click"},
        {content: `leads to ${row}`, trigger: row},
        {
            content: "and back",
            trigger: ".breadcrumb-item a:contains(E-mails Today), .o_back_button",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("mail_engagement_dashboard", {
    steps: () => [
        {
            content: "A salesperson has nothing to choose",
            trigger: ".o-mail-EngagementDashboard:not(:has(fieldset))",
        },
        {
            content: "Somebody warmed up",
            trigger: `${CARD("warm")} button:contains(/^1$/)`,
        },
        ...through(`${CARD("warm")} button`, `${ROW}:contains(Carla)`),
        ...through(`${CARD("due")} button:contains(/^2$/)`, `${ROW}:contains(Your offer)`),
        ...through(`${CARD("lost")} button:contains(/^1$/)`, `${ROW}:contains(Carla)`),
        {
            content: "Own figures beside the team's",
            trigger: ".o-mail-EngagementDashboard th:contains(Roofs)",
        },
        ...through(`${FIGURE("open")} button`, `${ROW}:contains(Your offer)`),
        ...through(`${FIGURE("machine")} button`, ".o_group_header, .o_kanban_group"),
        {
            content: "A name leads to the record",
            trigger: `${CARD("warm")} a:contains(Carla)`,
            run: "click",
        },
        {
            content: "the opportunity",
            trigger: ".o_form_view .o-mail-EngagementChip",
        },
        {
            content: "and back",
            trigger: ".breadcrumb-item a:contains(E-mails Today), .o_back_button",
            run: "click",
        },
        {
            content: "It is there again",
            trigger: CARD("warm"),
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_dashboard_leader", {
    steps: () => [
        {
            content: "Who sends nothing begins with everybody's",
            trigger: `${CARD("warm")} button:contains(/^2$/)`,
        },
        {
            content: "Only mine",
            trigger: "label[for=engagement_mine]",
            run: "click",
        },
        {
            content: "are none yet",
            trigger: ".o-mail-EngagementDashboard-empty",
        },
        {
            content: "Everybody's again",
            trigger: "label[for=engagement_all]",
            run: "click",
        },
        ...through(`${CARD("warm")} button:contains(/^2$/)`, ROW),
        {
            content: "What was chosen holds",
            trigger: `.o-mail-EngagementDashboard:has(#engagement_all:checked)`,
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_dashboard_first", {
    steps: () => [
        {isActive: ["desktop"], ...stepUtils.showAppsMenuItem()},
        {
            content: "The app",
            isActive: ["desktop"],
            trigger: ".o_app[data-menu-xmlid='crm.crm_menu_root']",
            run: "click",
        },
        {
            content: "Its menu",
            isActive: ["desktop"],
            trigger: "[data-menu-xmlid='crm.crm_menu_sales']",
            run: "click",
        },
        {
            content: "E-mails Today",
            isActive: ["desktop"],
            trigger: "[data-menu-xmlid='mail_engagement.mail_engagement_dashboard_menu']",
            run: "click",
        },
        {
            content: "Nothing yet: on to the first mail",
            trigger: ".o-mail-EngagementDashboard-empty button",
            run: "click",
        },
        {
            content: "An opportunity",
            trigger: ".o_opportunity_kanban .o_kanban_record:contains(Solar roof)",
            run: "click",
        },
        {
            content: "Write to the customer",
            trigger: ".o-mail-Chatter-sendMessage:not(.active)",
            run: "click",
        },
        {
            content: "a few words",
            trigger: ".o-mail-Composer-input",
            run: "edit Here is our offer.",
        },
        {
            content: "and send it",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "It is followed",
            trigger: ".o-mail-EngagementChip",
        },
    ],
});
