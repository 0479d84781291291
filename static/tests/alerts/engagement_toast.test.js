import {click, contains, defineMailModels, start} from "@mail/../tests/mail_test_helpers";
import {MockServer, getService, onRpc, serverState} from "@web/../tests/web_test_helpers";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {after, describe, expect, test} from "@odoo/hoot";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {waitUntilSubscribe} from "@bus/../tests/bus_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const TOAST = ".o-mail-EngagementToast";

/** News of one mail, as the server says it. */
function news(mail, values) {
    return {
        mail,
        person: mail,
        ids: [mail * 10],
        text: `Carla opened “Mail ${mail}”`,
        model: "res.partner",
        res_id: 7,
        message_id: 0,
        ...values,
    };
}

/** The web client of a salesperson, whom the server gives these toasts one list after the other. */
async function startWith(...answers) {
    onRpc("mail.engagement.alert", "engagement_toasts", ({args}) => {
        expect.step(`claim ${args[0]} beside ${args[1]}`);
        return {unread: 5, alerts: [], toasts: answers.shift() ?? []};
    });
    onRpc("mail.engagement.alert", "engagement_mark_read", ({kwargs}) => {
        expect.step(`read ${kwargs.ids}`);
        return true;
    });
    await start();
    await waitUntilSubscribe();
    getService("mail.store").engagementUnread = 0;
    getService("action").doAction = (action) =>
        expect.step(`open ${action.res_model || action} ${action.res_id || ""}`.trim());
}

async function notify(...ids) {
    const [me] = MockServer.env["res.partner"].read(serverState.partnerId);
    MockServer.env["bus.bus"]._sendone(me, "mail_engagement.alert/new", {ids});
}

test("the whole toast leads to the record", async () => {
    await startWith([news(1)]);
    await notify(10);
    await contains(`${TOAST}[role=status]:contains(Carla opened “Mail 1”)`);
    const {left, bottom} = queryOne(TOAST).getBoundingClientRect();
    const corner = document.elementFromPoint(left + 20, bottom - 4);
    expect(corner.matches(`${TOAST} .stretched-link`)).toBe(true);
    await click(`${TOAST} button.stretched-link`);
    await contains(TOAST, {count: 0});
    expect.verifySteps(["claim 10 beside ", "read 10", "open res.partner 7"], {ignoreOrder: true});
});

test("one mail is one toast that grows", async () => {
    const grown = news(1, {ids: [10, 11], text: "Carla opened and clicked “offer”: “Mail 1”"});
    await startWith([news(1)], [grown]);
    await notify(10);
    await contains(TOAST);
    await notify(11);
    await contains(`${TOAST}:contains(opened and clicked)`);
    expect(TOAST).toHaveCount(1);
    await click(`${TOAST} button.stretched-link`);
    await contains(TOAST, {count: 0});
    expect.verifySteps(
        ["claim 10 beside ", "claim 11 beside 10", "read 10,11", "open res.partner 7"],
        {ignoreOrder: true},
    );
});

test("it stays while it grows", async () => {
    await startWith([news(1)], [news(1, {text: "Carla opened and replied"})]);
    await notify(10);
    await contains(TOAST);
    await advanceTime(7000);
    await notify(11);
    await contains(`${TOAST}:contains(replied)`);
    await advanceTime(7000);
    expect(TOAST).toHaveCount(1);
    await advanceTime(2000);
    await animationFrame();
    await contains(TOAST, {count: 0});
    expect.verifySteps(["claim 10 beside ", "claim 11 beside 10"]);
});

test("what another window has shown is not shown", async () => {
    await startWith([]);
    await notify(10);
    await expect.waitForSteps(["claim 10 beside "]);
    await contains(".o-mail-EngagementMenu-counter:contains(5)");
    expect(TOAST).toHaveCount(0);
});

test("nothing is shown where nobody looks; it comes when they do", async () => {
    let visibility = "hidden";
    Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => visibility,
    });
    after(() => delete document.visibilityState);
    await startWith([news(1), news(2)]);
    getService("bus_service").subscribe("mail_engagement.alert/new", ({ids}) =>
        expect.step(`heard of ${ids}`),
    );
    await notify(10);
    await notify(20);
    await expect.waitForSteps(["heard of 10", "heard of 20"]);
    visibility = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    await contains(TOAST, {count: 2});
    expect.verifySteps(["claim 10,20 beside "]);
});

test("a busy minute is one toast that counts people", async () => {
    await startWith([news(1), news(2), news(3)], [news(4), news(5, {person: 4})], [news(6)]);
    await notify(10, 20, 30);
    await contains(TOAST, {count: 3});
    await notify(40, 50);
    await contains(`${TOAST}:contains(4 people)`);
    expect(TOAST).toHaveCount(1);
    await notify(60);
    await contains(`${TOAST}:contains(5 people)`);
    await click(`${TOAST} button.stretched-link`);
    await contains(TOAST, {count: 0});
    expect.verifySteps([
        "claim 10,20,30 beside ",
        "claim 40,50 beside 10,20,30",
        "claim 60 beside ",
        "open mail_engagement.mail_engagement_tracking_action",
    ]);
});

test("after a minute they are told one by one again", async () => {
    await startWith([news(1), news(2), news(3)], [news(4)]);
    await notify(10, 20, 30);
    await contains(TOAST, {count: 3});
    await advanceTime(61_000);
    await contains(TOAST, {count: 0});
    await notify(40);
    await contains(TOAST, {count: 1});
    expect(queryAllTexts(TOAST)).toEqual(["Carla opened “Mail 4”"]);
    expect.verifySteps(["claim 10,20,30 beside ", "claim 40 beside "]);
});

test("other notifications stay alerts", async () => {
    await startWith();
    getService("notification").add("Something failed", {type: "danger"});
    await contains(".o_notification[role=alert][aria-live=assertive]:contains(Something failed)");
});
