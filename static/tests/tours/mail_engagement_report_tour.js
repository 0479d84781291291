import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("mail_engagement_report", {
    steps: () => [
        {
            content: "A graph",
            trigger: ".o_graph_renderer canvas",
        },
        {
            content: "as table",
            trigger: ".o_switch_view.o_pivot",
            run: "click",
        },
        {
            content: "By salesperson",
            trigger: ".o_pivot th:contains(anna)",
        },
        {
            content: "as heat map",
            trigger: ".o_switch_view.o_engagement_heat",
            run: "click",
        },
        {
            content: "A cell counts one open",
            trigger: ".o-mail-EngagementHeatMap-cell:contains(1)",
            run: "click",
        },
        {
            content: "and opens it",
            trigger: ".o_list_view .o_data_row [name=subject]:contains(About the roof)",
            run: "click",
        },
        {
            content: "down to the mail",
            trigger: ".o_form_view .oe_title:contains(About the roof)",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_template", {
    steps: () => [
        {
            content: "Write to the customer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            content: "In the full composer",
            trigger: "button[name=open-full-composer], button[title='Open Full Composer']",
            run: "click",
        },
        {
            content: "Choose a template",
            trigger: ".modal .mail-composer-template-dropdown-btn",
            run: "click",
        },
        {
            content: "It says how it does",
            trigger: ".o-dropdown-item:contains(Short offer) .badge:contains(Recommended)",
        },
        {
            content: "Take it",
            trigger: ".o-dropdown-item:contains(Short offer):contains(answered: 42–76 % of 30)",
            run: "click",
        },
        {
            content: "It is in",
            trigger: ".modal .note-editable:contains(Shall we start?)",
        },
        {
            content: "Discard",
            trigger: ".modal .modal-footer button:contains(Discard)",
            run: "click",
        },
        {
            content: "Closed",
            trigger: "body:not(:has(.modal))",
        },
    ],
});
