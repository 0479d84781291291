import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("mail_engagement_mailboxes", {
    steps: () => [
        {
            content: "A colleague's mailbox is there, to approve",
            trigger: ".o_data_row:contains(anna@seller.test):contains(To approve)",
        },
        {
            content: "Choose it",
            trigger: ".o_data_row:contains(anna@seller.test) .o_list_record_selector input",
            run: "check",
        },
        {
            content: "Test and enable",
            trigger: ".o_control_panel button[name=action_test]",
            run: "click",
        },
        {
            content: "It is approved, and the test runs in the background",
            trigger: ".o_data_row:contains(anna@seller.test):contains(Approved):contains(Running)",
        },
    ],
});

registry.category("web_tour.tours").add("mail_engagement_mailbox_results", {
    steps: () => [
        {
            content: "It works",
            trigger: ".o_data_row:contains(anna@seller.test):contains(Enabled):contains(Success)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains(anna@seller.test) [name=email]",
            run: "click",
        },
        {
            content: "The alerts, newest first",
            trigger: "[name=alert_ids] .o_data_row:first:contains(It came back)",
        },
    ],
});
