import {reactive} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** What people did with the user's mails: toasts for what is new, and what the menu shows. */
export const engagementAlertService = {
    dependencies: ["action", "bus_service", "mail.store", "notification", "orm"],

    start(env, {action, bus_service: bus, "mail.store": store, notification, orm}) {
        const state = reactive({alerts: [], isLoaded: false, load, markRead, open});

        async function load() {
            const {unread, alerts} = await orm.silent.call(
                "mail.engagement.alert",
                "engagement_latest",
            );
            store.engagementUnread = unread;
            Object.assign(state, {alerts, isLoaded: true});
        }

        /** @param {number[]} [ids] of alerts, by default all */
        function markRead(ids) {
            return orm.silent.call("mail.engagement.alert", "engagement_mark_read", [], {ids});
        }

        /** Whatever becomes of opening it: who clicked has seen it. */
        function open(alert) {
            markRead([alert.id]);
            return action.doAction({
                type: "ir.actions.act_window",
                res_model: alert.model,
                res_id: alert.res_id,
                views: [[false, "form"]],
            });
        }

        function toast(alert) {
            const close = notification.add(alert.text, {
                type: "info",
                className: "o-mail-EngagementToast",
                autocloseDelay: 8000,
                buttons: [
                    {
                        name: _t("Open"),
                        onClick: () => {
                            close();
                            open(alert);
                        },
                    },
                ],
            });
        }

        bus.subscribe("mail_engagement.alert/new", async ({ids, count}) => {
            await load();
            state.alerts.filter((alert) => ids.includes(alert.id)).forEach(toast);
            if (count > ids.length) {
                notification.add(_t("And %s more, in the Engagement menu", count - ids.length), {
                    type: "info",
                    className: "o-mail-EngagementToast",
                });
            }
        });
        bus.subscribe("mail_engagement.alert/read", ({ids, unread}) => {
            store.engagementUnread = unread;
            for (const alert of state.alerts) {
                alert.is_read ||= ids.includes(alert.id);
            }
        });
        // What came while the connection was away. Only who may see engagement has a count.
        bus.addEventListener("BUS:RECONNECT", () => {
            if (store.engagementUnread !== undefined) {
                load();
            }
        });
        return state;
    },
};

registry.category("services").add("mail_engagement.alert", engagementAlertService);
