import {useDiscussSystray} from "@mail/utils/common/hooks";

import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {useDropdownState} from "@web/core/dropdown/dropdown_hooks";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** The newest of what people did, beside the activities. */
export class EngagementMenu extends Component {
    static template = "mail_engagement.EngagementMenu";
    static components = {Dropdown};
    static props = [];

    setup() {
        this.discussSystray = useDiscussSystray();
        this.store = useService("mail.store");
        this.alerts = useState(useService("mail_engagement.alert"));
        this.dropdown = useDropdownState();
    }

    /** Only who may see engagement at all is told how much is unread. */
    get isShown() {
        return this.store.engagementUnread !== undefined;
    }

    get label() {
        const unread = this.store.engagementUnread;
        return unread ? _t("Engagement: %s unread", unread) : _t("Engagement");
    }

    open(alert) {
        this.dropdown.close();
        this.alerts.open(alert);
    }

    ago(alert) {
        return deserializeDateTime(alert.at).toRelative();
    }

    exactly(alert) {
        return deserializeDateTime(alert.at).toLocaleString(luxon.DateTime.DATETIME_MED);
    }
}

registry
    .category("systray")
    .add("mail_engagement.menu", {Component: EngagementMenu}, {sequence: 19});
