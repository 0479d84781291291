import {Component} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";

/** A mail's way to one recipient: what is known of it, why, and what to do. */
export class EngagementDelivery extends Component {
    static template = "mail_engagement.EngagementDelivery";
    static props = ["delivery"];

    get isTrouble() {
        return !["handed_over", "deferred", "delivered"].includes(this.props.delivery.status);
    }

    get icon() {
        const icons = {deferred: "fa-clock-o", delivered: "fa-check", handed_over: "fa-send-o"};
        return icons[this.props.delivery.status] || "fa-exclamation-circle";
    }

    get exactly() {
        const {at} = this.props.delivery;
        return at && deserializeDateTime(at).toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}
