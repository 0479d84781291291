import {EngagementChip} from "@mail_engagement/chatter/engagement_chip";

import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {reactive} from "@odoo/owl";

/** What a chip gets of a mail that left, and of which nothing is known. */
export const QUIET = {
    recipients: 1,
    states: ["sent"],
    deliveries: ["handed_over"],
    is_blind: false,
    open_count: 0,
    click_count: 0,
    attachment_open_count: 0,
    reply_count: 0,
    machine_count: 0,
};

/**
 * A line of the time line: by default a person's open.
 *
 * @param {number} id
 * @param {object} values
 * @returns {object}
 */
export function event(id, values) {
    return {
        id,
        icon: "fa-eye",
        title: "Opened",
        detail: "",
        at: "2026-01-01 10:00:00",
        verdict: "human",
        verdict_by: "rule",
        reason: "",
        actions: [],
        ...values,
    };
}

/**
 * Show the chip of a mail: by default one that left, and nothing happened.
 *
 * @param {object} engagement
 * @returns {Promise<object>} the message
 */
export async function mountChip(engagement) {
    const message = reactive({id: 7, engagement: {...QUIET, ...engagement}});
    await mountWithCleanup(EngagementChip, {props: {message}});
    return message;
}
