import {registry} from "@web/core/registry";

const TRIGGER = ".o_field_widget[name=trigger]";

function choose(label) {
    return [
        {
            content: "All triggers",
            trigger: `${TRIGGER} .o_select_menu_toggler`,
            run: "click",
        },
        {
            content: label,
            trigger: `.o_select_menu_menu .o_select_menu_item:contains(/^${label}$/)`,
            run: "click",
        },
        {
            content: `${label} is chosen`,
            trigger: `${TRIGGER} .o_select_menu_toggler:value(${label})`,
        },
    ];
}

registry.category("web_tour.tours").add("mail_engagement_automation_rule", {
    steps: () => [
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] textarea, .o_field_widget[name=name] input",
            run: "edit Read our prices",
        },
        {
            content: "For leads",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Lead",
        },
        {
            content: "Choose them",
            trigger: ".o-autocomplete--dropdown-item:contains(/^Lead$/)",
            run: "click",
        },
        ...choose("Not answered"),
        {
            content: "Within three days",
            trigger: ".o_field_widget[name=engagement_days] input:value(3)",
        },
        ...choose("On create"),
        {
            content: "Nothing of ours is asked for Odoo's own",
            trigger: ".o_form_view:not(:has([name=engagement_days], [name=engagement_link]))",
        },
        ...choose("Link clicked"),
        {
            content: "Which link",
            trigger: ".o_field_widget[name=engagement_link] input",
            run: "edit */pricing*",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is shown as it was chosen",
            trigger: `.o_form_saved ${TRIGGER} .o_select_menu_toggler:value(Link clicked)`,
        },
    ],
});
