import {Component} from "@odoo/owl";
import {Message} from "@mail/core/common/message";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {registerMessageAction} from "@mail/core/common/message_actions";
import {useService} from "@web/core/utils/hooks";

const CONDITIONS = {
    no_reply: _t("Reminder on %s if nobody replies"),
    not_opened: _t("Reminder on %s if it is not opened"),
    anyway: _t("Reminder on %s"),
};

/** Set or change the reader's reminder of a message; the bell follows over the bus. */
async function remind(message, {orm, action}) {
    action.doAction(await orm.call("mail.message", "action_engagement_remind", [message.id]));
}

/** The reader's own reminder on a message. */
export class EngagementReminderBell extends Component {
    static template = "mail_engagement.ReminderBell";
    static props = ["message"];

    setup() {
        this.services = {orm: useService("orm"), action: useService("action")};
    }

    get reminder() {
        return this.props.message.engagement_reminder;
    }

    get icon() {
        return (
            {waiting: "fa-bell-o", needless: "fa-bell-slash-o"}[this.reminder.state] || "fa-bell"
        );
    }

    get text() {
        return this.reminder.state === "waiting"
            ? deserializeDateTime(this.reminder.at).toLocaleString({
                  month: "short",
                  day: "numeric",
                  hour: "numeric",
                  minute: "2-digit",
              })
            : this.reminder.status;
    }

    /** Holds what is seen, for whoever says it to their computer. */
    get label() {
        return this.reminder.state === "waiting"
            ? CONDITIONS[this.reminder.condition].replace("%s", this.text)
            : _t("Reminder: %s", this.reminder.status);
    }

    onClick() {
        return remind(this.props.message, this.services);
    }
}

Object.assign(Message.components, {EngagementReminderBell});

registerMessageAction("engagement-remind", {
    condition: ({message, store}) =>
        store.engagementFollow !== undefined &&
        message.model !== "discuss.channel" &&
        !message.isNote &&
        (Boolean(message.engagement) ||
            (message.isSelfAuthored &&
                ["comment", "email_outgoing"].includes(message.message_type))),
    icon: ({message}) => (message.engagement_reminder ? "fa fa-bell" : "fa fa-bell-o"),
    name: ({message}) => (message.engagement_reminder ? _t("Change Reminder") : _t("Remind Me")),
    onSelected: ({message, owner}) => remind(message, owner.env.services),
    sequence: 25,
});
