import {Component, useState} from "@odoo/owl";
import {EngagementDelivery} from "@mail_engagement/delivery/engagement_delivery";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** What one recipient of a mail did with it, newest first, people and machines apart. */
export class EngagementRecipient extends Component {
    static template = "mail_engagement.EngagementRecipient";
    static components = {EngagementDelivery};
    static props = ["recipient", "title?", "onChange"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({isUnfolded: false});
    }

    get shown() {
        const {events} = this.props.recipient;
        return this.state.isUnfolded
            ? events
            : events.filter((event) => event.verdict !== "machine");
    }

    get hiddenLabel() {
        const count = this.props.recipient.machine_count;
        if (this.state.isUnfolded) {
            return _t("Hide machine visits");
        }
        return count === 1 ? _t("1 machine visit hidden") : _t("%s machine visits hidden", count);
    }

    /** Somebody knows better than the rules; the counts follow over the bus. */
    async correct(event, verdict) {
        await this.orm.call("mail.engagement.event", "engagement_correct", [[event.id], verdict]);
        await this.props.onChange();
    }

    async undo(event) {
        await this.orm.call("mail.engagement.event", "engagement_undo_correction", [[event.id]]);
        await this.props.onChange();
    }

    ago(event) {
        return deserializeDateTime(event.at).toRelative();
    }

    exactly(event) {
        return deserializeDateTime(event.at).toLocaleString(
            luxon.DateTime.DATETIME_MED_WITH_SECONDS,
        );
    }
}
