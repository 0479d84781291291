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
        {
            content: "The step says what the relay waits for",
            trigger: `${step("permission", "attention")}:contains(once it is paired)`,
        },
    ],
});

const ANSWER_PAGE = ".o_form_view:has(h1:contains(Shall Edge at https://track.test answer)) ";

tours.add("mail_engagement_setup_relay", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "Pair a relay",
            trigger: "button[name=action_engagement_pair_relay]",
            run: "click",
        },
        {
            content: "The relay's host brings the code",
            trigger: ".o_field_widget[name=pairing_code]:contains(-)",
            async run({anchor}) {
                const answer = await fetch("/mail_engagement/pair", {
                    method: "POST",
                    body: JSON.stringify({
                        code: anchor.textContent,
                        name: "Edge",
                        version: "1",
                        hosts: ["track.test"],
                    }),
                });
                if (!answer.ok) {
                    throw new Error(`Pairing: ${answer.status}`);
                }
            },
        },
        {
            content: "It has paired",
            trigger: ".o_statusbar_buttons button[name=action_refresh]",
            run: "click",
        },
        {
            content: "It answers from now on",
            trigger: `${ANSWER_PAGE}button[name=action_choose]`,
            run: "click",
        },
        {
            content: "With that it is granted what was listed",
            trigger:
                ".o_form_view:has(h1:visible:contains(Permissions granted)):has([name=relay_url]:contains(https://track.test))",
        },
        {
            content: "Go on",
            trigger: ".o_form_view button[name=action_settings]",
            run: "click",
        },
        {content: "Nothing is asked any more", trigger: step("permission", "done")},
        {
            content: "Switch it on",
            trigger: ".o_field_widget[name=engagement_enabled] input:enabled",
            run: "click",
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

tours.add("mail_engagement_setup_relay_declined", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "Until it is answered nobody switches on",
            trigger: ".o_field_widget[name=engagement_enabled] input:disabled",
        },
        {
            content: "The step asks, and stands out",
            trigger: `${step("permission", "attention")}[aria-current]:contains(Shall Edge at https://track.test answer the recipients from now on?) button:contains(Answer)`,
            run: "click",
        },
        {
            content: "Odoo itself goes on",
            trigger: `${ANSWER_PAGE}button[name=action_decline]`,
            run: "click",
        },
        {content: "Nothing is asked any more", trigger: step("permission", "done")},
        {
            content: "It may be switched on",
            trigger: ".o_field_widget[name=engagement_enabled] input:enabled",
        },
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
            content: "What is seldom changed is folded",
            trigger:
                ".o-mail-EngagementFold:not([open]):has([name=engagement_excluded_domains]) > summary",
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

const FOLD = ".o-mail-EngagementFold";
const RETENTION = `${FOLD}[open]:has(#engagement_retention:visible)`;

tours.add("mail_engagement_setup_folded", {
    steps: () => [
        {content: "Open the set-up page", trigger: PAGE, run: "click"},
        {
            content: "What the switch will do stands beside it",
            trigger: "#engagement_switch:contains(Once you switch it off and save)",
        },
        {
            content: "What is seldom changed is folded",
            trigger: `.app_settings_block:has(${FOLD}):not(:has(${FOLD}[open]))`,
        },
        {
            content: "A search finds it",
            trigger: ".o_searchview_input",
            run: "edit How long it is kept",
        },
        {
            content: "It is open, and folds without a find are away",
            trigger: `.app_settings_block:has(${RETENTION}):not(:has(${FOLD}:visible ~ ${FOLD}:visible))`,
        },
        {
            content: "Without the search",
            trigger: ".o_searchview_input",
            run: "clear",
        },
        {
            content: "everything is folded as before",
            trigger: `.app_settings_block:has(${FOLD}):not(:has(${FOLD}[open]))`,
        },
        {
            content: "A title opens one",
            trigger: `${FOLD} > summary:contains(how long it is kept)`,
            run: "click",
        },
        {content: "There it is", trigger: RETENTION},
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

tours.add("mail_engagement_setup_apps", {
    steps: () => [
        {
            content: "Odoo's own filter is on",
            trigger: ".o_searchview_facet:contains(Apps)",
        },
        {
            content: "Look for it",
            trigger: ".o_searchview_input",
            run: "edit Email Engagement",
        },
        {
            content: "Among the apps",
            trigger: ".o_searchview_input",
            run: "press Enter",
        },
        {
            content: "It is there, with its icon; look at its page",
            trigger:
                ".o_kanban_record:contains(Email Engagement):has(img[src*='mail_engagement/static/description/icon.png']) #module_info",
            run: "click",
        },
        {
            content: "The page shows what a salesperson gets",
            trigger:
                ".o_module_form .oe_styling_v8 img[src='/mail_engagement/static/description/popover.png']",
        },
    ],
});

tours.add("mail_engagement_setup_arrival", {
    steps: () => [
        {
            content: "The set-up page, and what comes first",
            trigger: ".o-mail-EngagementSetup [aria-current=step]:contains(Start here)",
        },
        {
            content: "It is one step only",
            trigger: ".o-mail-EngagementSetup:not(:has([aria-current] ~ [aria-current]))",
        },
    ],
});
