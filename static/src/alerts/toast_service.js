import {reactive} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

const STAYS = 8000;
const MINUTE = 60_000;
/** More mails than this in a minute are one toast that counts. */
const PACE = 3;

/**
 * What slides in: a toast for each mail, which grows as people do more with it, and one for all of
 * them in a busy minute. Only a window that is looked at shows any.
 */
export const engagementToastService = {
    dependencies: ["action", "notification"],

    start(env, {action, notification}) {
        /** Toasts that stand, by mail. */
        const standing = new Map();
        /** The toast of a busy minute, with the people that it counts. */
        let crowd = null;
        /** The mails told of lately: when, and whose. */
        let recent = [];

        function add(toast, onClose) {
            toast.close = notification.add("", {
                type: "info",
                className: "o-mail-EngagementToast",
                autocloseDelay: STAYS,
                engagement: toast,
                onClose,
            });
        }

        function addCrowd() {
            crowd = reactive({
                people: new Set(),
                text: "",
                open() {
                    crowd?.close();
                    return action.doAction("mail_engagement.mail_engagement_tracking_action");
                },
            });
            add(crowd, () => (crowd = null));
            for (const toast of [...standing.values()]) {
                toast.close();
            }
        }

        function count(people) {
            people.forEach((person) => crowd.people.add(person));
            crowd.text =
                crowd.people.size === 1
                    ? _t("Somebody did something with several e-mails")
                    : _t("%s people did something with e-mails", crowd.people.size);
        }

        /** @param {object} news what the server says of one mail */
        function show({mail, person, text, ids}, open) {
            const toast = standing.get(mail);
            if (toast) {
                Object.assign(toast, {text, ids});
                return;
            }
            const now = Date.now();
            recent = recent.filter((it) => now - it.at < MINUTE);
            recent.push({at: now, person});
            if (crowd || recent.length > PACE) {
                if (crowd) {
                    count([person]);
                } else {
                    addCrowd();
                    count(recent.map((it) => it.person));
                }
                return;
            }
            const added = reactive({text, ids, open: () => (added.close(), open(added.ids))});
            standing.set(mail, added);
            add(added, () => standing.delete(mail));
        }

        return {
            show,
            /** Alerts of which toasts tell already. */
            get told() {
                return [...standing.values()].flatMap((toast) => toast.ids);
            },
        };
    },
};

registry.category("services").add("mail_engagement.toast", engagementToastService);
