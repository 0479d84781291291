import {Component, onWillStart, useEffect, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** The time line of a followed message, a list for each recipient, people and machines apart. */
export class EngagementPopover extends Component {
    static template = "mail_engagement.EngagementPopover";
    static props = ["message", "close?"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({recipients: [], unfolded: {}});
        onWillStart(() => this.load());
        let isFirst = true;
        useEffect(
            () => {
                // Live: what the bus changes on the message is shown here at once.
                if (!isFirst) {
                    this.load();
                }
                isFirst = false;
            },
            () => [JSON.stringify(this.props.message.engagement)],
        );
    }

    async load() {
        this.state.recipients = await this.orm.call("mail.message", "engagement_timeline", [
            this.props.message.id,
        ]);
    }

    shown(recipient) {
        return this.state.unfolded[recipient.id]
            ? recipient.events
            : recipient.events.filter((event) => event.verdict !== "machine");
    }

    hiddenLabel(recipient) {
        const count = recipient.machine_count;
        if (this.state.unfolded[recipient.id]) {
            return _t("Hide machine visits");
        }
        return count === 1 ? _t("1 machine visit hidden") : _t("%s machine visits hidden", count);
    }

    /** Somebody knows better than the rules; the counts follow over the bus. */
    async correct(event, verdict) {
        await this.orm.call("mail.engagement.event", "engagement_correct", [[event.id], verdict]);
        await this.load();
    }

    async undo(event) {
        await this.orm.call("mail.engagement.event", "engagement_undo_correction", [[event.id]]);
        await this.load();
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
