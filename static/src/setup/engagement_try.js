import {Component, onWillUnmount, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useBus, useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const PATIENCE = 120;
const VERDICTS = {
    human: {label: _t("A person"), css: "bg-success-subtle text-success-emphasis"},
    machine: {label: _t("A machine"), css: "text-bg-secondary"},
    unknown: {label: _t("Unknown"), css: "text-bg-secondary"},
    self: {label: _t("You"), css: "bg-info-subtle text-info-emphasis"},
};

/** A mail to oneself: shows live what comes back, and where the chain broke when nothing does. */
export class EngagementTry extends Component {
    static template = "mail_engagement.EngagementTry";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.verdicts = VERDICTS;
        this.display = {controlPanel: {}};
        this.state = useState({
            address: "",
            mail: false,
            steps: [],
            busy: false,
            error: "",
            complaint: "",
        });
        this.patience = (this.props.action.params?.patience ?? PATIENCE) * 1000;
        const refresh = () => this.refresh();
        this.bus.subscribe("mail_engagement.try", refresh);
        // What came while the connection was away.
        useBus(this.bus, "BUS:RECONNECT", refresh);
        onWillUnmount(() => {
            this.bus.unsubscribe("mail_engagement.try", refresh);
            clearTimeout(this.timer);
        });
        this.loadAddress();
    }

    async loadAddress() {
        const [me] = await this.orm.read("res.users", [user.userId], ["email"]);
        this.state.address ||= me.email || "";
    }

    async send() {
        clearTimeout(this.timer);
        Object.assign(this.state, {busy: true, error: "", complaint: "", mail: false, steps: []});
        try {
            this.state.mail = await this.orm.call("mail.engagement.try", "engagement_send", [
                this.state.address,
            ]);
            await this.refresh();
        } catch (error) {
            this.state.error = error.data?.message || error.message;
        }
        this.state.busy = false;
        if (this.state.mail && !this.isOver) {
            this.timer = setTimeout(() => this.diagnose(), this.patience);
        }
    }

    async refresh() {
        if (!this.state.mail) {
            return;
        }
        this.state.steps = await this.orm.call("mail.engagement.try", "engagement_state", [
            this.state.mail,
        ]);
        if (this.hasEvents) {
            clearTimeout(this.timer);
            this.state.complaint = "";
        }
    }

    async diagnose() {
        await this.refresh();
        if (!this.hasEvents) {
            this.state.complaint = await this.orm.call(
                "mail.engagement.try",
                "engagement_diagnose",
                [this.state.mail],
            );
        }
    }

    get hasEvents() {
        return this.state.steps.some((step) => step.events.length);
    }

    /** Nothing more to wait for: the mail did not even leave. */
    get isOver() {
        return this.state.steps[0]?.state === "failed";
    }

    get isComplete() {
        return this.state.steps.length && this.state.steps.every((it) => it.state !== "waiting");
    }

    at(event) {
        return deserializeDateTime(event.at).toLocaleString(luxon.DateTime.TIME_WITH_SECONDS);
    }
}

registry.category("actions").add("mail_engagement.try", EngagementTry);
