import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {EngagementRecipient} from "@mail_engagement/chatter/engagement_recipient";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** What became of all the e-mails of a contact or an opportunity, fetched page by page. */
export class EngagementTimeline extends Component {
    static template = "mail_engagement.EngagementTimeline";
    static components = {EngagementRecipient};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({mails: [], hasMore: false});
        onWillStart(() => this.load(this.props.record.resId));
        onWillUpdateProps(({record}) => {
            if (record.resId !== this.resId) {
                return this.load(record.resId);
            }
        });
    }

    async fetch(offset) {
        return this.orm.call(this.props.record.resModel, "engagement_timeline", [
            [this.resId],
            offset,
        ]);
    }

    async load(resId) {
        this.resId = resId;
        if (!resId) {
            Object.assign(this.state, {mails: [], hasMore: false});
            return;
        }
        const {mails, has_more: hasMore} = await this.fetch(0);
        Object.assign(this.state, {mails, hasMore});
    }

    async more() {
        const {mails, has_more: hasMore} = await this.fetch(this.state.mails.length);
        this.state.mails.push(...mails);
        this.state.hasMore = hasMore;
    }

    /** A verdict was corrected: show the same number of mails again. */
    async reload() {
        const count = this.state.mails.length;
        await this.load(this.resId);
        while (this.state.mails.length < count && this.state.hasMore) {
            await this.more();
        }
    }

    title(mail) {
        return mail.subject || _t("(no subject)");
    }

    sentAt(mail) {
        return deserializeDateTime(mail.sent_at).toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}

registry.category("view_widgets").add("mail_engagement_timeline", {component: EngagementTimeline});
