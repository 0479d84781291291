import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const APP = ".app_settings_block";
const CONFIGURE = `${APP}[data-key=mail_engagement] #engagement_enabled`;

/** The steps of the set-up on the settings page, each with its state and where it is done. */
export class EngagementSetup extends Component {
    static template = "mail_engagement.EngagementSetup";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({steps: []});
        this.search = useState(this.env.searchState);
        this.root = useRef("root");
        useEffect(
            (searched) => this.unfold(searched),
            () => [this.search.value],
        );
        onWillStart(async () => {
            this.state.steps = await this.orm.call("res.company", "engagement_setup_steps", [
                user.activeCompany.id,
            ]);
        });
    }

    /** A search finds what is folded, too. */
    unfold(searched) {
        for (const fold of this.root.el.closest(APP).querySelectorAll(".o-mail-EngagementFold")) {
            fold.open = Boolean(searched);
            fold.hidden = searched && !fold.querySelector(".o_searchable_setting");
        }
    }

    /** What waits for an answer or is broken, before what was not begun. */
    get next() {
        const first = (state) => this.state.steps.find((step) => step.state === state);
        return (first("attention") || first("todo"))?.code;
    }

    get isBegun() {
        return this.state.steps.some((step) => step.state !== "todo");
    }

    go(button) {
        if (button.action) {
            this.action.doAction(button.action);
        } else {
            document.querySelector(CONFIGURE)?.scrollIntoView({block: "center"});
        }
    }
}

registry.category("view_widgets").add("engagement_setup", {component: EngagementSetup});
