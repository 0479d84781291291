import {ifConnected, onReturn} from "@mail_engagement/chatter/connection";
import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";

/** What people did with the user's mails: toasts for what is new, and what the menu shows. */
export const engagementAlertService = {
    dependencies: ["action", "bus_service", "mail.store", "mail_engagement.toast", "orm"],

    start(
        env,
        {action, bus_service: bus, "mail.store": store, "mail_engagement.toast": toast, orm},
    ) {
        const state = reactive({
            alerts: [],
            isLoaded: false,
            load,
            markRead,
            open: (alert) => open(alert, [alert.id]),
        });

        async function load() {
            const latest = await ifConnected(
                orm.silent.call("mail.engagement.alert", "engagement_latest"),
            );
            if (latest) {
                keep(latest);
            }
        }

        function keep({unread, alerts}) {
            store.engagementUnread = unread;
            Object.assign(state, {alerts, isLoaded: true});
        }

        /** @param {number[]} [ids] of alerts, by default all */
        function markRead(ids) {
            return orm.silent.call("mail.engagement.alert", "engagement_mark_read", [], {ids});
        }

        /** Whatever becomes of opening it: who clicked has seen it. */
        async function open({model, res_id, message_id}, ids) {
            markRead(ids);
            await action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id,
                views: [[false, "form"]],
            });
            if (message_id) {
                store.Thread.insert({model, id: res_id}).highlightMessage = message_id;
            }
        }

        /** Ids of alerts that came while nobody looked at this window. */
        let waiting = [];

        async function show() {
            if (document.visibilityState === "hidden" || !waiting.length) {
                return;
            }
            const ids = waiting;
            waiting = [];
            const latest = await ifConnected(
                orm.silent.call("mail.engagement.alert", "engagement_toasts", [ids, toast.told]),
            );
            if (!latest) {
                waiting.unshift(...ids);
                return;
            }
            keep(latest);
            for (const news of latest.toasts) {
                toast.show(news, (all) => open(news, all));
            }
        }

        bus.subscribe("mail_engagement.alert/new", ({ids}) => {
            waiting.push(...ids);
            show();
        });
        document.addEventListener("visibilitychange", show);
        bus.subscribe("mail_engagement.alert/read", ({ids, unread}) => {
            store.engagementUnread = unread;
            for (const alert of state.alerts) {
                alert.is_read ||= ids.includes(alert.id);
            }
        });
        // What came while the connection was away. Only who may see engagement has a count.
        onReturn(bus, () => {
            if (store.engagementUnread !== undefined) {
                load();
                show();
            }
        });
        return state;
    },
};

registry.category("services").add("mail_engagement.alert", engagementAlertService);
