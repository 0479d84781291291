import {registry} from "@web/core/registry";

const POPOVER = ".o-we-linkpopover";
const OPTION = ".o_mail_engagement_link_option input";

registry.category("web_tour.tours").add("mail_engagement_link_left_alone", {
    steps: () => [
        {
            content: "Put the cursor into the link",
            trigger: ".odoo-editor-editable a:contains(our offer)",
            run: ({anchor}) => document.getSelection().collapse(anchor, 1),
        },
        {
            content: "Change it",
            trigger: `${POPOVER} .o_we_edit_link`,
            run: "click",
        },
        {
            content: "It is followed: not this one",
            trigger: `${POPOVER} ${OPTION}:not(:checked)`,
            run: "click",
        },
        {
            content: "Apply",
            trigger: `${POPOVER}:has(${OPTION}:checked) .o_we_apply_link`,
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "Saved",
            trigger: ".o_form_saved",
        },
    ],
});
