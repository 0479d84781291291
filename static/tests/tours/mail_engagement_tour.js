import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("mail_engagement_chip", {
    steps: () => [
        {
            content: "The chip tells what became of the mail",
            trigger: ".o-mail-EngagementChip:contains(1)",
            run: "click",
        },
        {
            content: "The popover has a line for what a person did",
            trigger: ".o-mail-EngagementPopover:contains(Carla) li:contains(Clicked “offer”)",
        },
        {
            content: "Machines are folded away",
            trigger: ".o-mail-EngagementPopover button[aria-expanded]:contains(1 machine visit)",
            run: "click",
        },
        {
            content: "Unfolded they are told apart",
            trigger: ".o-mail-EngagementPopover li.text-muted",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_switch_on", {
    steps: () => [
        {
            content: "Open the page of this addon",
            trigger: ".settings_tab .tab[data-key=mail_engagement]",
            run: "click",
        },
        {
            content: "Read the terms",
            trigger: "button:contains(Read and Accept)",
            run: "click",
        },
        {
            content: "Accept them",
            trigger: ".modal button[name=action_accept]",
            run: "click",
        },
        {
            content: "Switch following on",
            trigger: "body:not(:has(.modal)) .o_field_widget[name=engagement_enabled] input",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: "body:not(:has(.o_form_button_save:enabled:visible))",
        },
    ],
});
