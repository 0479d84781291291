import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/** What the composer's panel says below its switch: who blocks, when to send, what is missing. */
export class EngagementComposerPanel extends Component {
    static template = "mail_engagement.ComposerPanel";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get panel() {
        return this.props.record.data[this.props.name] || {};
    }

    get isFollowed() {
        return this.props.record.data.engagement_is_followed;
    }

    /** Whether it leaves at the recommended time already. */
    get isScheduled() {
        const {scheduled_date} = this.props.record.data;
        return scheduled_date === this.panel.send_time.at && !this.isApart;
    }

    /** Somebody may have agreed meanwhile. */
    retry() {
        const {record} = this.props;
        return record.update({engagement_retry: record.data.engagement_retry + 1});
    }

    openContact(person) {
        window.open(`/odoo/res.partner/${person.id}`, "_blank", "noopener");
    }

    sendAt() {
        return this.props.record.update({
            scheduled_date: this.panel.send_time.at,
            engagement_apart_at: false,
        });
    }

    /** Whether each gets it at a time of their own. */
    get isApart() {
        const {scheduled_date, engagement_apart_at} = this.props.record.data;
        return Boolean(scheduled_date) && scheduled_date === engagement_apart_at;
    }

    sendApart() {
        const {at} = this.panel.send_time.apart;
        return this.props.record.update({scheduled_date: at, engagement_apart_at: at});
    }

    setUp() {
        return this.action.doAction(this.panel.set_up);
    }
}

registry.category("fields").add("mail_engagement_composer_panel", {
    component: EngagementComposerPanel,
    supportedTypes: ["json"],
});
