import {EngagementPopover} from "@mail_engagement/chatter/engagement_popover";

import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {hasTouch} from "@web/core/browser/feature_detection";
import {usePopover} from "@web/core/popover/popover_hook";
import {utils} from "@web/core/ui/ui_service";

/** What became of a followed message, in one line; the details on a click. */
export class EngagementChip extends Component {
    static template = "mail_engagement.EngagementChip";
    static props = ["message"];

    setup() {
        this.popover = usePopover(EngagementPopover, {
            // As Odoo has it for its own menus on a phone.
            useBottomSheet: utils.isSmall() && hasTouch(),
            position: "bottom-start",
            // Unfolded it may be higher than the room that it was given: then it scrolls.
            popoverClass: "d-flex flex-column",
        });
    }

    /** What is known; until then, of a mail just sent, what is expected. */
    get engagement() {
        const {engagement, engagement_expected} = this.props.message;
        return engagement ?? engagement_expected;
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

    /** What went wrong on the way to somebody, if anything: the gravest of it. */
    get trouble() {
        const {deliveries, states} = this.engagement;
        if (deliveries.includes("complained")) {
            return _t("Marked as spam");
        }
        const failed = ["hard_bounce", "soft_bounce"].some((one) => deliveries.includes(one));
        if (failed || states.includes("bounced") || states.includes("failed")) {
            return _t("Not delivered");
        }
        return "";
    }

    /** In a word and its icon, while nobody did anything. */
    get quiet() {
        const {deliveries} = this.engagement;
        if (this.isBlocked) {
            return {icon: "fa-eye-slash", label: _t("Not followed")};
        }
        if (deliveries.includes("deferred")) {
            return {icon: "fa-clock-o", label: _t("Delayed")};
        }
        if (this.engagement.is_blind) {
            // Silence means nothing: no recipient's opens can be seen.
            return {icon: "fa-eye-slash", label: _t("Opens cannot be seen")};
        }
        if (deliveries.every((one) => one === "delivered")) {
            return {icon: "fa-check", label: _t("Delivered")};
        }
        return {icon: "fa-eye", label: _t("Not opened yet")};
    }

    get label() {
        const labels = this.counters.map((counter) => counter.label);
        if (this.trouble) {
            labels.unshift(this.trouble);
        }
        return _t("Email engagement: %s", labels.join(", ") || this.quiet.label);
    }

    onClick(ev) {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(ev.currentTarget, {message: this.props.message});
        }
    }
}
