import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

/** Where the day begins. Each number opens the list that it was counted in. */
export class EngagementDashboard extends Component {
    static template = "mail_engagement.EngagementDashboard";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.state = useState({today: {}});
        useSetupAction({getLocalState: () => ({scope: this.state.today.scope})});
        onWillStart(() => this.load(this.props.state?.scope));
    }

    async load(scope) {
        this.state.today = await this.orm.call("mail.engagement.dashboard", "engagement_today", [
            scope || null,
        ]);
    }

    async open({action: xmlId, name, domain, context}) {
        const action = await this.action.loadAction(xmlId);
        // A list, or its cards on a phone, whatever the report is shown as first.
        const views = action.views.toSorted(
            (one, two) => (two[1] === "list") - (one[1] === "list"),
        );
        const mobile = action.mobile_view_mode === "list" ? "list" : "kanban";
        return this.action.doAction({
            ...action,
            name,
            display_name: name,
            views,
            mobile_view_mode: mobile,
            domain,
            context,
        });
    }

    /** Within this page, so that "back" leads here. */
    link({link}) {
        return `/odoo/emails-today/${link}`;
    }

    at({at}) {
        return deserializeDateTime(at);
    }

    exactly(line) {
        return this.at(line).toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}

registry.category("actions").add("mail_engagement.dashboard", EngagementDashboard);
