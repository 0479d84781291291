import {QUIET, event, mountChip} from "@mail_engagement/../tests/chatter/chip_test_helpers";
import {EngagementChip} from "@mail_engagement/chatter/engagement_chip";

import {click, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {describe, expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {reactive} from "@odoo/owl";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");
defineMailModels();

test("quiet while nothing happened", async () => {
    await mountChip();
    expect(".o-mail-EngagementChip").toHaveText("Not opened yet");
    expect(".o-mail-EngagementChip .fa-eye").toHaveCount(1);
    expect(queryOne(".o-mail-EngagementChip").ariaLabel).toBe("Email engagement: Not opened yet");
});

test("a closed eye when nothing may be followed", async () => {
    await mountChip({states: ["untracked"]});
    expect(".o-mail-EngagementChip").toHaveText("Not followed");
    expect(".o-mail-EngagementChip .fa-eye-slash").toHaveCount(1);
});

test("no open is promised where none can be seen", async () => {
    await mountChip({is_blind: true});
    expect(".o-mail-EngagementChip").toHaveText("Opens cannot be seen");
    expect(".o-mail-EngagementChip .fa-eye-slash").toHaveCount(1);
});

test("what silence means stands above what happened", async () => {
    onRpc("mail.message", "engagement_timeline", () => [
        {
            id: 1,
            name: "Carla",
            state: "sent",
            state_label: "Sent",
            machine_count: 0,
            notes: ["Silence means nothing here: Apple Mail Privacy Protection"],
            events: [],
        },
    ]);
    await mountChip({is_blind: true});
    await contains(".o-mail-EngagementChip").click();
    expect(queryAllTexts(".o-mail-EngagementPopover p")).toEqual([
        "Silence means nothing here: Apple Mail Privacy Protection",
    ]);
});

test("what went wrong on the way stands first", async () => {
    await mountChip({states: ["bounced"], deliveries: ["hard_bounce"]});
    expect(".o-mail-EngagementChip").toHaveText("Not delivered");
    expect(".o-mail-EngagementChip").toHaveClass("text-danger");
    expect(queryOne(".o-mail-EngagementChip").ariaLabel).toBe("Email engagement: Not delivered");
});

test("a mail that an earlier version saw bounce", async () => {
    await mountChip({states: ["bounced"], deliveries: [""]});
    expect(".o-mail-EngagementChip").toHaveText("Not delivered");
});

test("one recipient reads, the other one's mail came back", async () => {
    await mountChip({
        states: ["bounced", "opened"],
        deliveries: ["delivered", "soft_bounce"],
        open_count: 2,
    });
    expect(queryAllTexts(".o-mail-EngagementChip .fa + span")).toEqual(["Not delivered", "2"]);
});

test("a complaint, a delay, and quietly that it is there", async () => {
    const message = await mountChip({deliveries: ["complained", "deferred"]});
    expect(".o-mail-EngagementChip").toHaveText("Marked as spam");
    message.engagement = {...QUIET, deliveries: ["deferred", "delivered"]};
    await animationFrame();
    expect(".o-mail-EngagementChip").toHaveText("Delayed");
    message.engagement = {...QUIET, deliveries: ["delivered"]};
    await animationFrame();
    expect(".o-mail-EngagementChip").toHaveText("Delivered");
    expect(".o-mail-EngagementChip").toHaveClass("text-body-secondary");
});

test("the popover says why, and what to do", async () => {
    onRpc("mail.message", "engagement_timeline", () => [
        {
            id: 1,
            name: "Carla",
            state: "bounced",
            state_label: "Bounced",
            machine_count: 0,
            events: [],
            delivery: {
                status: "hard_bounce",
                label: "Returned",
                at: "2026-01-01 10:00:00",
                why: "There is no such mailbox.",
                advice: "Check the address, then send it again.",
                text: "5.1.1 User unknown",
            },
        },
    ]);
    await mountChip({states: ["bounced"], deliveries: ["hard_bounce"]});
    await contains(".o-mail-EngagementChip").click();
    expect(".o-mail-EngagementDelivery").toHaveText(/no such mailbox.*Check the address/s);
    await click(".o-mail-EngagementDelivery summary");
    expect(".o-mail-EngagementDelivery code").toHaveText("5.1.1 User unknown");
});

test("counts people only, and says so to screen readers", async () => {
    await mountChip({open_count: 2, click_count: 1, machine_count: 9});
    expect(queryAllTexts(".o-mail-EngagementChip .fa + span")).toEqual(["2", "1"]);
    expect(queryOne(".o-mail-EngagementChip").ariaLabel).toBe(
        "Email engagement: 2 opens, 1 link clicks",
    );
});

test("a person's reason is told when it says more than that", async () => {
    onRpc("mail.message", "engagement_timeline", () => [
        {
            id: 1,
            name: "Carla",
            state: "opened",
            state_label: "Opened",
            machine_count: 0,
            events: [
                event(2, {reason: "On another device"}),
                event(1, {reason: "A person's program", is_plain: true}),
            ],
        },
    ]);
    await mountChip({states: ["opened"], open_count: 2});
    await contains(".o-mail-EngagementChip").click();
    expect(queryAllTexts(".o-mail-EngagementPopover .fst-italic")).toEqual(["On another device"]);
});

test("machines stand apart, with the reason in words", async () => {
    onRpc("mail.message", "engagement_timeline", () => [
        {
            id: 1,
            name: "Carla",
            state: "opened",
            state_label: "Opened",
            is_shared: false,
            machine_count: 1,
            events: [
                event(1, {detail: "Mail, iOS"}),
                event(2, {verdict: "machine", reason: "A scanner"}),
            ],
        },
    ]);
    await mountChip({open_count: 1, states: ["opened"]});
    await contains(".o-mail-EngagementChip").click();
    expect(".o-mail-EngagementPopover li").toHaveCount(1);
    expect(".o-mail-EngagementPopover button[aria-expanded]").toHaveText("1 machine visit hidden");
    await click(".o-mail-EngagementPopover button[aria-expanded]");
    await animationFrame();
    expect(".o-mail-EngagementPopover li").toHaveCount(2);
    expect(".o-mail-EngagementPopover li:last").toHaveText(/A scanner/);
});

test("what the bus changes is shown at once", async () => {
    const message = await mountChip();
    message.engagement = {...QUIET, open_count: 1};
    await animationFrame();
    expect(queryAllTexts(".o-mail-EngagementChip .fa + span")).toEqual(["1"]);
});

test("a mail just sent is expected not to be opened yet, until more is known", async () => {
    const message = reactive({id: 7, engagement_expected: QUIET});
    await mountWithCleanup(EngagementChip, {props: {message}});
    expect(".o-mail-EngagementChip").toHaveText("Not opened yet");
    message.engagement = {...QUIET, states: ["untracked"]};
    await animationFrame();
    expect(".o-mail-EngagementChip").toHaveText("Not followed");
});
