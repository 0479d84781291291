import {registry} from "@web/core/registry";

const CARD = ".o-mail-EngagementDashboard [data-card=silent]";

registry.category("web_tour.tours").add("mail_engagement_sale_silent", {
    steps: () => [
        {
            content: "What was seen of it before",
            trigger: `${CARD} li:contains(Carla):contains(opened once)`,
        },
        {
            content: "A quotation after which nobody was heard of",
            trigger: `${CARD} button:contains(/^1$/)`,
            run: "click",
        },
        {
            content: "in the list of quotations",
            trigger: ".o_data_row:contains(Carla)",
        },
    ],
});
