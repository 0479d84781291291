import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A date as people say it: "3 hours ago"; the exact one on hovering. */
export class EngagementAgo extends Component {
    static template = "mail_engagement.EngagementAgo";
    static props = {...standardFieldProps};

    get at() {
        return this.props.record.data[this.props.name];
    }

    get ago() {
        return this.at.toRelative();
    }

    get exactly() {
        return this.at.toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}

registry.category("fields").add("mail_engagement_ago", {
    component: EngagementAgo,
    supportedTypes: ["datetime"],
});
