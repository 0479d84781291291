import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const CARD = ".o_kanban_record:contains(About the roof)";

tours.add("mail_engagement_phone_lists", {
    steps: () => [
        {
            content: "A card says to whom, what, and what became of it",
            trigger: `${CARD}:contains(Carla):has([name=state]:contains(Opened)):has(.fa-eye)`,
            run: "click",
        },
        {
            content: "It opens the e-mail, with its events as cards",
            trigger:
                ".o_form_view .o_field_widget[name=event_ids] .o_kanban_record:contains(A person)",
        },
        {
            content: "Over to the reminders",
            trigger: "body",
            run: () => (window.location = "/odoo/email-reminders"),
            expectUnloadPage: true,
        },
        {
            content: "What, until when, and why",
            trigger: `${CARD}:contains(If nobody replies by):contains(Ring about the roof):has([name=status]:contains(Waiting))`,
        },
    ],
});

tours.add("mail_engagement_phone_mailbox", {
    steps: () => [
        {
            content: "Approve one",
            trigger: ".o_kanban_record:contains(To approve) [name=action_approve]",
            run: "click",
        },
        {
            content: "It is",
            trigger:
                ".o_kanban_record:has([name=state]:contains(Approved)):not(:has([name=action_approve]))",
        },
    ],
});
