import {registry} from "@web/core/registry";

const PANEL = ".modal .o-mail-EngagementComposerPanel";

registry.category("web_tour.tours").add("mail_engagement_light", {
    steps: () => [
        {
            content: "Write to the customer",
            trigger: ".o-mail-Chatter-sendMessage",
            run: "click",
        },
        {
            content: "It would be followed: not this one",
            trigger: ".o-mail-Composer button[title*='Do not follow']",
            run: "click",
        },
        {
            content: "Now it is not",
            trigger: ".o-mail-Composer button[title*='not followed']",
        },
        {
            content: "Write",
            trigger: ".o-mail-Composer-input",
            run: "edit untracked words",
        },
        {
            content: "Send",
            trigger: ".o-mail-Composer-send:enabled",
            run: "click",
        },
        {
            content: "Sent",
            trigger: ".o-mail-Message:contains(untracked words)",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_composer", {
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
            content: "The panel says that it is followed",
            trigger: ".modal [name=engagement_is_followed] input:checked",
        },
        {
            content: "But that its recipient does not want it",
            trigger: `${PANEL} [role=status]:contains(Blocked)`,
        },
        {
            content: "Look again, it is still so",
            trigger: `${PANEL} button:contains(Look again)`,
            run: "click",
        },
        {
            content: "A way to the contact",
            trigger: `${PANEL} li:contains(does not want) button[title='Open the contact']`,
        },
        {
            content: "And when to send it, to be taken over",
            trigger: `${PANEL} button:contains(Send then)`,
            run: "click",
        },
        {
            content: "It is scheduled",
            trigger: ".modal .modal-footer button[name=action_schedule_message]",
        },
        {
            content: "Switch it off",
            trigger: ".modal [name=engagement_is_followed] input",
            run: "click",
        },
        {
            content: "It is off",
            trigger: ".modal [name=engagement_is_followed] input:not(:checked)",
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
