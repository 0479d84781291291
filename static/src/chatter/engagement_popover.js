import {Component, onMounted, onPatched, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {EngagementRecipient} from "@mail_engagement/chatter/engagement_recipient";
import {_t} from "@web/core/l10n/translation";
import {useActiveElement} from "@web/core/ui/ui_service";
import {useService} from "@web/core/utils/hooks";

/** The time line of a followed message, a list for each recipient; one line for all who are quiet. */
export class EngagementPopover extends Component {
    static template = "mail_engagement.EngagementPopover";
    static components = {EngagementRecipient};
    static props = ["message", "close?"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({recipients: [], isUnfolded: false});
        const dialog = useRef("dialog");
        useActiveElement("dialog");
        // The whole is read first, not the first of its buttons. After the hook, which remembers
        // where the focus came from.
        onMounted(() => dialog.el.focus());
        // What had it may be gone: a corrected event is folded away.
        onPatched(() => document.activeElement === document.body && dialog.el.focus());
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

    /** Those who are shown in full: all, where there is no line to be saved. */
    get busy() {
        const {recipients} = this.state;
        return this.quiet.length ? recipients.filter((it) => !it.is_quiet) : recipients;
    }

    get quiet() {
        const quiet = this.state.recipients.filter((recipient) => recipient.is_quiet);
        return quiet.length > 1 ? quiet : [];
    }

    get quietLabel() {
        return this.busy.length
            ? _t("%s others: nothing happened yet", this.quiet.length)
            : _t("%s recipients: nothing happened yet", this.quiet.length);
    }

    async load() {
        this.state.recipients = await this.orm.call("mail.message", "engagement_timeline", [
            this.props.message.id,
        ]);
    }
}
