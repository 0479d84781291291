import {QUIET, event, mountChip} from "@mail_engagement/../tests/chatter/chip_test_helpers";

import {press, queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {contains, onRpc} from "@web/../tests/web_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

defineMailModels();

function recipient(id, name, values) {
    return {
        id,
        name,
        state: "opened",
        state_label: "Opened",
        machine_count: 0,
        is_quiet: false,
        events: [event(id)],
        ...values,
    };
}

const quiet = (id, name) =>
    recipient(id, name, {state: "sent", state_label: "Sent", is_quiet: true, events: []});

/** Open it as the keyboard does. */
async function pointerless(selector) {
    queryOne(selector).focus();
    await press("Enter");
    await animationFrame();
    await animationFrame();
}

describe("on a computer", () => {
    describe.current.tags("desktop");

    test("those to whom nothing happened are one line", async () => {
        onRpc("mail.message", "engagement_timeline", () => [
            recipient(1, "Carla"),
            quiet(2, "Chen"),
            quiet(3, "Dora"),
        ]);
        await mountChip({open_count: 1, states: ["opened", "sent"], recipients: 3});
        await contains(".o-mail-EngagementChip").click();
        expect(".o-mail-EngagementPopover strong").toHaveText("Carla");
        const line = ".o-mail-EngagementPopover-quiet";
        expect(line).toHaveText("2 others: nothing happened yet");
        expect(queryOne(line).ariaExpanded).toBe("false");
        await contains(line).click();
        expect(queryAllTexts(".o-mail-EngagementPopover section:last li span:first-child")).toEqual(
            ["Chen", "Dora"],
        );
    });

    test("one of them is shown in full, all of them are one line", async () => {
        let recipients = [recipient(1, "Carla"), quiet(2, "Chen")];
        onRpc("mail.message", "engagement_timeline", () => recipients);
        const message = await mountChip({open_count: 1, states: ["opened", "sent"], recipients: 2});
        await contains(".o-mail-EngagementChip").click();
        expect(queryAllTexts(".o-mail-EngagementPopover strong")).toEqual(["Carla", "Chen"]);
        recipients = [quiet(1, "Carla"), quiet(2, "Chen")];
        message.engagement = {...QUIET, recipients: 2};
        await animationFrame();
        await animationFrame();
        expect(".o-mail-EngagementPopover").toHaveText("2 recipients: nothing happened yet");
    });

    test("of a mail that did not arrive nothing is to be expected", async () => {
        const returned = {status: "failed", why: "There is no such mailbox.", label: "Returned"};
        onRpc("mail.message", "engagement_timeline", () => [
            recipient(1, "Carla", {state: "bounced", delivery: returned, events: []}),
        ]);
        await mountChip({states: ["bounced"]});
        await contains(".o-mail-EngagementChip").click();
        expect(".o-mail-EngagementDelivery").toHaveText(/There is no such mailbox/);
        expect(".o-mail-EngagementPopover").not.toHaveText(/Nothing happened yet/);
    });

    test("by keyboard: in, and with Escape back to the chip", async () => {
        onRpc("mail.message", "engagement_timeline", () => [
            recipient(1, "Carla", {
                events: [event(1, {actions: [{verdict: "self", label: "Me"}]})],
            }),
        ]);
        await mountChip({open_count: 1, states: ["opened"]});
        await pointerless(".o-mail-EngagementChip");
        expect(".o-mail-EngagementPopover[role=dialog]").toBeFocused();
        await press("Escape");
        await animationFrame();
        await animationFrame();
        expect(".o-mail-EngagementPopover").toHaveCount(0);
        expect(".o-mail-EngagementChip").toBeFocused();
    });
});

describe("on a phone", () => {
    describe.current.tags("mobile");

    test("on a phone it is Odoo's own sheet", async () => {
        onRpc("mail.message", "engagement_timeline", () => [recipient(1, "Carla")]);
        await mountChip({open_count: 1, states: ["opened"]});
        await contains(".o-mail-EngagementChip").click();
        expect(".o_bottom_sheet .o-mail-EngagementPopover").toHaveCount(1);
        expect(".o_popover").toHaveCount(0);
        expect(queryOne(".o-mail-EngagementPopover").getBoundingClientRect().top).toBeGreaterThan(
            0,
        );
    });
});
