import {ifConnected, onReturn} from "@mail_engagement/chatter/connection";
import {registry} from "@web/core/registry";

/** More than a screen shows are looked at again when they are opened. */
const NEWEST = 500;

/**
 * Keeps chips true where the bus does not tell what they show: in a backlog of many records, and
 * after the connection was away for longer than it remembers.
 */
export const engagementChipService = {
    dependencies: ["bus_service", "mail.store", "orm"],

    start(env, {bus_service: bus, "mail.store": store, orm}) {
        /** @param {number[]} [ids] of the messages that changed; by default any may have */
        async function refresh(ids) {
            const known = ids
                ? ids.map((id) => store["mail.message"].get(id))
                : Object.values(store["mail.message"].records);
            const shown = known
                .filter((message) => message?.engagement ?? message?.engagement_expected)
                .map((message) => message.id)
                .sort((one, other) => other - one)
                .slice(0, NEWEST);
            if (!shown.length) {
                return;
            }
            const found = await ifConnected(
                orm.silent.call("mail.message", "engagement_refresh", [shown]),
            );
            store.insert({"mail.message": found ?? []});
        }

        bus.subscribe("mail_engagement.message/changed", ({ids}) => refresh(ids));
        onReturn(bus, refresh);
        return {refresh};
    },
};

registry.category("services").add("mail_engagement.chip", engagementChipService);
