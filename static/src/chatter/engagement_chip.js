import {EngagementPopover} from "@mail_engagement/chatter/engagement_popover";

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {usePopover} from "@web/core/popover/popover_hook";

/** What became of a followed message, in one line; the details on a click. */
export class EngagementChip extends Component {
    static template = "mail_engagement.EngagementChip";
    static props = ["message"];

    setup() {
        this.popover = usePopover(EngagementPopover, {
            position: "bottom-start",
            // Unfolded it may be higher than the room that it was given: then it scrolls.
            popoverClass: "d-flex flex-column",
        });
    }

    get engagement() {
        return this.props.message.engagement;
    }

    get counters() {
        const {open_count, click_count, attachment_open_count, reply_count} = this.engagement;
        return [
            {icon: "fa-eye", count: open_count, label: _t("%s opens", open_count)},
            {icon: "fa-link", count: click_count, label: _t("%s link clicks", click_count)},
            {
                icon: "fa-paperclip",
                count: attachment_open_count,
                label: _t("%s attachment views", attachment_open_count),
            },
            {icon: "fa-reply", count: reply_count, label: _t("%s replies", reply_count)},
        ].filter((counter) => counter.count);
    }

    get isBlocked() {
        return this.engagement.states.every((state) => state === "untracked");
    }

    /** Silence means nothing: no recipient's opens can be seen. */
    get isBlind() {
        return this.isBlocked || this.engagement.is_blind;
    }

    get quietLabel() {
        if (this.isBlocked) {
            return _t("Not followed");
        }
        return this.isBlind ? _t("Opens cannot be seen") : _t("Not opened yet");
    }

    get label() {
        const labels = this.counters.map((counter) => counter.label);
        return _t("Email engagement: %s", labels.join(", ") || this.quietLabel);
    }

    onClick(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(ev.currentTarget, {message: this.props.message});
        }
    }
}
