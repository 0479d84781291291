import {EngagementReminderBell} from "@mail_engagement/reminders/reminder_bell";

import {expect, test} from "@odoo/hoot";
import {animationFrame, mockDate, mockTimeZone} from "@odoo/hoot-mock";
import {
    contains,
    mockService,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {queryOne} from "@odoo/hoot-dom";
import {reactive} from "@odoo/owl";

defineMailModels();

const WAITING = {
    id: 3,
    state: "waiting",
    status: "Waiting",
    condition: "no_reply",
    at: "2026-03-05 08:00:00",
};

async function mountBell(reminder) {
    mockTimeZone(1);
    mockDate("2026-03-01 12:00:00");
    serverState.lang = "en_US";
    const message = reactive({id: 7, engagement_reminder: {...WAITING, ...reminder}});
    await mountWithCleanup(EngagementReminderBell, {props: {message}});
    return message;
}

const BELL = ".o-mail-EngagementReminderBell";

test("says when, in the user's time, and on which condition to screen readers", async () => {
    await mountBell();
    expect(BELL).toHaveText(/Mar 5, 9:00/);
    expect(queryOne(BELL).ariaLabel).toMatch(/^Reminder on Mar 5, 9:00.AM if nobody replies$/);
    expect(`${BELL} .fa-bell-o`).toHaveCount(1);
});

test("crossed out once it is not needed any more", async () => {
    await mountBell({state: "needless", status: "Not needed: answered"});
    expect(BELL).toHaveText("Not needed: answered");
    expect(`${BELL} .fa-bell-slash-o`).toHaveCount(1);
});

test("filled when it has come, as the bus says", async () => {
    const message = await mountBell();
    message.engagement_reminder = {...WAITING, state: "reminded", status: "Reminded"};
    await animationFrame();
    expect(BELL).toHaveText("Reminded");
    expect(`${BELL} .fa-bell`).toHaveCount(1);
});

test("a click opens it", async () => {
    onRpc("mail.message", "action_engagement_remind", ({args}) => {
        expect.step(`message ${args[0]}`);
        return {type: "ir.actions.act_window", res_model: "mail.engagement.reminder", res_id: 3};
    });
    mockService("action", {doAction: (action) => expect.step(`reminder ${action.res_id}`)});
    await mountBell();
    await contains(BELL).click();
    expect.verifySteps(["message 7", "reminder 3"]);
});
