import {click, contains, defineMailModels, start} from "@mail/../tests/mail_test_helpers";
import {waitUntilSubscribe} from "@bus/../tests/bus_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {MockServer, getService, onRpc, serverState} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

function alert(id, values) {
    return {
        id,
        icon: "fa-eye",
        text: "Azure Interior opened “Your offer”",
        at: "2026-01-01 10:00:00",
        is_read: false,
        model: "res.partner",
        res_id: 7,
        ...values,
    };
}

/** The web client of a salesperson whom Odoo tells of these alerts. */
async function startWith(alerts, unread = alerts.length) {
    onRpc("mail.engagement.alert", "engagement_latest", () => ({unread, alerts}));
    onRpc("mail.engagement.alert", "engagement_mark_read", ({kwargs}) => {
        expect.step(`read ${kwargs.ids ?? "all"}`);
        return true;
    });
    await start();
    await waitUntilSubscribe();
    getService("mail.store").engagementUnread = unread;
    getService("action").doAction = ({res_model, res_id}) =>
        expect.step(`open ${res_model} ${res_id}`);
}

function notify(type, payload) {
    const [me] = MockServer.env["res.partner"].read(serverState.partnerId);
    MockServer.env["bus.bus"]._sendone(me, `mail_engagement.alert/${type}`, payload);
}

test("not there for those who may not see engagement", async () => {
    await start();
    await contains(".o_menu_systray");
    await contains(".o-mail-EngagementMenu-toggle", {count: 0});
});

test("an empty menu says what to do", async () => {
    await startWith([]);
    await click(".o-mail-EngagementMenu-toggle");
    await contains(".o-mail-EngagementMenu-empty:contains(Write to a customer)");
    expect(".o-mail-EngagementMenu-counter").toHaveCount(0);
    expect(queryOne(".o-mail-EngagementMenu-toggle").ariaLabel).toBe("Engagement");
    expect("button:contains(Mark all as read)").toHaveCount(0);
});

test("shows the newest, and how many are unread", async () => {
    const click_ = {icon: "fa-link", text: "Chen clicked a link in “Terms”"};
    await startWith([alert(2, click_), alert(1, {is_read: true})], 1);
    await contains(".o-mail-EngagementMenu-counter", {text: "1"});
    expect(queryOne(".o-mail-EngagementMenu-toggle").ariaLabel).toBe("Engagement: 1 unread");
    await click(".o-mail-EngagementMenu-toggle");
    await contains(".o-mail-EngagementMenu-alert", {count: 2});
    expect(queryAllTexts(".o-mail-EngagementMenu-alert .text-break")).toEqual([
        "Chen clicked a link in “Terms”",
        "Azure Interior opened “Your offer”",
    ]);
    expect(".o-mail-EngagementMenu-alert:first .fa-link").toHaveCount(1);
    expect(".o-mail-EngagementMenu-alert.o-unread").toHaveCount(1);
});

test("a click opens the record and reads the alert", async () => {
    await startWith([alert(5)]);
    await click(".o-mail-EngagementMenu-toggle");
    await click(".o-mail-EngagementMenu-alert");
    await contains(".o-mail-EngagementMenu-alert", {count: 0});
    expect.verifySteps(["read 5", "open res.partner 7"], {ignoreOrder: true});
});

test("all are read at once, here and in other windows", async () => {
    await startWith([alert(5), alert(6)]);
    await click(".o-mail-EngagementMenu-toggle");
    await click("button:contains(Mark all as read)");
    expect.verifySteps(["read all"]);
    notify("read", {ids: [5, 6], unread: 0});
    await contains(".o-mail-EngagementMenu-counter", {count: 0});
    await contains(".o-mail-EngagementMenu-alert:not(.o-unread)", {count: 2});
});

test("what came while the connection was away is looked up, by those who may", async () => {
    onRpc("mail.engagement.alert", "engagement_latest", () => {
        expect.step("latest");
        return {unread: 4, alerts: []};
    });
    await start();
    getService("bus_service").trigger("BUS:RECONNECT");
    expect.verifySteps([]);
    getService("mail.store").engagementUnread = 0;
    getService("bus_service").trigger("BUS:RECONNECT");
    await contains(".o-mail-EngagementMenu-counter:contains(4)");
    expect.verifySteps(["latest"]);
});
