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
