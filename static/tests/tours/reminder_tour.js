import {registry} from "@web/core/registry";

const BELL = ".o-mail-EngagementReminderBell";
const PANEL = ".modal [name=engagement_reminder]";
const CLOSED = {content: "Closed", trigger: "body:not(:has(.modal))"};

/** The buttons of a message are there while it is pointed at. */
function choose(text, name) {
    return [
        {
            content: "Look at the sent e-mail",
            trigger: `.o-mail-Message:contains(${text})`,
            run: "hover",
        },
        {
            content: name,
            trigger: `.o-mail-Message:contains(${text}) .o-mail-Message-actions [title='${name}']`,
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("mail_engagement_reminder_compose", {
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
            content: "No reminder yet",
            trigger: `${PANEL}:not(:has([name=engagement_remind_at]))`,
        },
        {
            content: "Write",
            trigger: ".modal [name=body] .odoo-editor-editable",
            run: "editor Third offer",
        },
        {
            content: "If nobody replies",
            trigger: `${PANEL} [name=engagement_reminder_condition] .o_select_menu_toggler, ${PANEL} [name=engagement_reminder_condition] select`,
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".o_select_menu_item:contains(nobody replies)",
            run: "click",
        },
        {
            content: "A time is proposed, a note can be written",
            trigger: `${PANEL}:has([name=engagement_remind_at]) [name=engagement_reminder_note] input`,
            run: "edit Ring her",
        },
        {
            content: "Send",
            trigger: ".modal .o_mail_send:enabled",
            run: "click",
        },
        CLOSED,
        {
            content: "The bell is on the message",
            trigger: `.o-mail-Message:contains(Third offer) ${BELL} .fa-bell-o`,
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_reminder_chatter", {
    steps: () => [
        ...choose("Our offer", "Remind Me"),
        {
            content: "What for",
            trigger: ".modal [name=note] input",
            run: "edit Ask for Chen",
        },
        {
            content: "Save",
            trigger: ".modal-footer button:contains(Save)",
            run: "click",
        },
        CLOSED,
        {
            content: "Change it, from the bell",
            trigger: `${BELL}[aria-label*='if nobody replies']`,
            run: "click",
        },
        {
            content: "Anyway",
            trigger:
                ".modal [name=condition] .o_select_menu_toggler, .modal [name=condition] select",
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".o_select_menu_item:contains(Anyway)",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal-footer button:contains(Save)",
            run: "click",
        },
        CLOSED,
        {
            content: "Changed",
            trigger: `${BELL}:not([aria-label*='if nobody replies'])`,
        },
        ...choose("Our offer", "Change Reminder"),
        {
            content: "It has its note",
            trigger: ".modal [name=note] input:value(Ask for Chen)",
        },
        {
            content: "A week later",
            trigger: ".modal-footer button[name=action_snooze_week]",
            run: "click",
        },
        CLOSED,
        {
            content: "Never mind",
            trigger: BELL,
            run: "click",
        },
        {
            content: "Remove it",
            trigger: ".modal-footer button[name=action_remove]",
            run: "click",
        },
        CLOSED,
        {
            content: "No bell",
            trigger: `.o-mail-Message:contains(Our offer):not(:has(${BELL}))`,
        },
    ],
});
