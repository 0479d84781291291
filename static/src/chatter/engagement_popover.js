import {Component, onWillStart, useEffect, useState} from "@odoo/owl";
import {EngagementRecipient} from "@mail_engagement/chatter/engagement_recipient";
import {useService} from "@web/core/utils/hooks";

/** The time line of a followed message, a list for each recipient. */
export class EngagementPopover extends Component {
    static template = "mail_engagement.EngagementPopover";
    static components = {EngagementRecipient};
    static props = ["message", "close?"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({recipients: []});
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
}
