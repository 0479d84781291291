import {EngagementTimeline} from "@mail_engagement/insight/engagement_timeline";

import {describe, expect, test} from "@odoo/hoot";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {queryAllTexts} from "@odoo/hoot-dom";

describe.current.tags("desktop");
defineMailModels();

function mail(id, values) {
    return {
        id,
        name: "Carla",
        subject: `Offer ${id}`,
        sent_at: "2026-01-01 08:00:00",
        state: "sent",
        state_label: "Sent",
        is_shared: false,
        machine_count: 0,
        events: [],
        ...values,
    };
}

function mountTimeline(resId = 7) {
    const record = {resId, resModel: "crm.lead"};
    return mountWithCleanup(EngagementTimeline, {props: {record, readonly: true}});
}

test("says what to do while there is none", async () => {
    onRpc("crm.lead", "engagement_timeline", () => ({mails: [], has_more: false}));
    await mountTimeline();
    expect(".o-mail-EngagementTimeline").toHaveText(/Send a message from the chatter/);
    expect(".o-mail-EngagementTimeline button").toHaveCount(0);
});

test("a record that is not saved yet asks for nothing", async () => {
    onRpc("crm.lead", "engagement_timeline", () => expect.step("asked"));
    await mountTimeline(false);
    expect.verifySteps([]);
});

test("page by page, newest first", async () => {
    onRpc("crm.lead", "engagement_timeline", ({args}) => {
        expect.step(args[1]);
        return args[1]
            ? {mails: [mail(1)], has_more: false}
            : {mails: [mail(3), mail(2)], has_more: true};
    });
    await mountTimeline();
    expect(queryAllTexts(".o-mail-EngagementTimeline strong")).toEqual(["Offer 3", "Offer 2"]);
    await contains(".o-mail-EngagementTimeline button:contains(Earlier)").click();
    expect(queryAllTexts(".o-mail-EngagementTimeline strong")).toEqual([
        "Offer 3",
        "Offer 2",
        "Offer 1",
    ]);
    expect(".o-mail-EngagementTimeline button").toHaveCount(0);
    expect.verifySteps([0, 2]);
});

test("a mail without subject has a title", async () => {
    onRpc("crm.lead", "engagement_timeline", () => ({
        mails: [mail(1, {subject: ""})],
        has_more: false,
    }));
    await mountTimeline();
    expect(".o-mail-EngagementTimeline strong").toHaveText("(no subject)");
});
