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
            trigger:
                ".o-mail-EngagementPopover li.text-body-secondary:contains(A link scanner: Barracuda)",
            run: "hover",
        },
        {
            content: "Somebody knows better",
            trigger: ".o-mail-EngagementPopover li button[data-verdict=human]",
            run: "click",
        },
        {
            content: "The chip counts it, and the line says who it was",
            trigger: ".o-mail-EngagementChip:contains(2)",
        },
        {
            content: "It can be undone",
            trigger: ".o-mail-EngagementPopover li:contains(Corrected by) button:contains(Undo)",
            run: "click",
        },
        {
            content: "The rules decide again",
            trigger:
                ".o-mail-EngagementPopover button[aria-expanded]:contains(Hide machine visits)",
        },
        {
            content: "And count as before",
            trigger: ".o-mail-EngagementChip:contains(1)",
        },
    ],
});
