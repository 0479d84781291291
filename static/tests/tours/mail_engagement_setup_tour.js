import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PAGE = ".settings_tab .tab[data-key=mail_engagement]";
const step = (code, state) => `.o-mail-EngagementSetup [data-step=${code}][data-state=${state}]`;

tours.add("mail_engagement_setup_terms", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "Nothing is accepted yet: read the terms",
            trigger: `${step("terms", "todo")} button:contains(Read and Accept)`,
            run: "click",
        },
        {
            content: "They stand there in full",
            trigger: ".modal:contains(What you promise):contains(How to end it)",
        },
        {
            content: "Accept them",
            trigger: ".modal button[name=action_accept]",
            run: "click",
        },
        {
            content: "The step is done",
            trigger: `body:not(:has(.modal)) ${step("terms", "done")}`,
        },
    ],
});

tours.add("mail_engagement_setup_withdraw", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "Read the terms again",
            trigger: `${step("terms", "done")} button:contains(Read the Terms)`,
            run: "click",
        },
        {
            content: "Withdraw",
            trigger: ".modal button[name=action_withdraw]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal:contains(Withdraw?) .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It has to be accepted again",
            trigger: `body:not(:has(.modal)) ${step("terms", "todo")}`,
        },
        {content: "It is switched off", trigger: step("configure", "todo")},
    ],
});

tours.add("mail_engagement_setup_permission", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "See what is asked for",
            trigger: `${step("permission", "todo")} button:contains(Grant Permissions)`,
            run: "click",
        },
        {
            content: "For a relay",
            trigger: ".o_field_widget[name=edge] label:contains(A relay)",
            run: "click",
        },
        {
            content: "The list says what it may and may not do",
            trigger: ".o_field_widget[name=text]:contains(What the relay may not do)",
        },
        {
            content: "Accept",
            trigger: ".o_form_view button[name=action_accept]",
            run: "click",
        },
        {
            content: "The page says that it succeeded",
            trigger: ".o_form_view h1:contains(Permissions granted)",
        },
        {
            content: "And shows the relay's code",
            trigger: ".o_field_widget[name=pairing_code]:contains(-)",
        },
        {
            content: "Back to the settings",
            trigger: ".o_form_view button[name=action_settings]",
            run: "click",
        },
        {content: "The step is done", trigger: step("permission", "done")},
    ],
});

tours.add("mail_engagement_setup_configure", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "Go where it is switched on",
            trigger: `${step("configure", "todo")} button`,
            run: "click",
        },
        {
            content: "Switch it on",
            trigger: ".o_field_widget[name=engagement_enabled] input",
            run: "click",
        },
        {
            content: "Leave a domain alone",
            trigger: ".o_field_widget[name=engagement_excluded_domains] textarea",
            run: "edit quiet.test",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {content: "It is on", trigger: step("configure", "attention")},
    ],
});

tours.add("mail_engagement_setup_try", {
    steps: () => [
        {
            content: "Enter an address",
            trigger: ".o-mail-EngagementTry input[type=email]",
            run: "edit admin@company.test",
        },
        {
            content: "Send",
            trigger: ".o-mail-EngagementTry button[type=submit]",
            run: "click",
        },
        {
            content: "It left",
            trigger: ".o-mail-EngagementTry [data-step=mail][data-state=done]",
        },
        {
            content: "The rest is waited for",
            trigger: ".o-mail-EngagementTry [data-step=open][data-state=waiting]",
        },
    ],
});
