import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
} from "@web/../tests/web_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {press, queryOne} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {markup} from "@odoo/owl";

class Report extends models.Model {
    _name = "mail.engagement.report";

    weekday = fields.Char();
    hour = fields.Char();
    repeat_count = fields.Integer();
    type = fields.Char();

    _views = {
        engagement_heat: `<engagement_heat/>`,
        search: `<search><filter name="opens" string="Opens" domain="[('type', '=', 'open')]"/></search>`,
    };
}

defineMailModels();
defineModels([Report]);

function line(weekday, hour, repeat_count, type = "open") {
    return {weekday, hour, repeat_count, type};
}

function mountMap(records, options) {
    Report._records = records;
    return mountView({resModel: "mail.engagement.report", type: "engagement_heat", ...options});
}

const CELL = ".o-mail-EngagementHeatMap-cell";

describe("desktop", () => {
    describe.current.tags("desktop");

    test("a cell for each weekday and hour, the busiest in words", async () => {
        await mountMap([line("2", "09", 5), line("2", "09", 1), line("5", "14", 2)]);
        expect(CELL).toHaveCount(7 * 24);
        expect(`${CELL}[aria-label='Tuesday 09:00–10:00: 6']`).toHaveText("6");
        expect(".o-mail-EngagementHeatMap [aria-live]").toHaveText(
            "Busiest: Tuesday 09:00–10:00 (6), Friday 14:00–15:00 (2)",
        );
        expect(".o-mail-EngagementHeatMap th[scope=row]").toHaveCount(7);
    });

    test("says what to do while there is nothing", async () => {
        await mountMap([], {noContentHelp: markup`<p>Write to a customer</p>`});
        expect(".o_view_nocontent").toHaveText("Write to a customer");
        expect(CELL).toHaveCount(0);
    });

    test("the arrow keys go from cell to cell, one is in the order of tabs", async () => {
        await mountMap([line("1", "00", 1)]);
        expect(`${CELL}[tabindex='0']`).toHaveCount(1);
        queryOne(`${CELL}[data-at='0 0']`).focus();
        await press("ArrowRight");
        await animationFrame();
        expect(`${CELL}[data-at='0 1']`).toBeFocused();
        await press("ArrowLeft");
        await press("ArrowLeft");
        await press("ArrowUp");
        await animationFrame();
        expect(`${CELL}[data-at='6 23']`).toBeFocused();
        expect(`${CELL}[tabindex='0']`).toHaveCount(1);
    });

    test("a cell opens what it counts, an empty one nothing", async () => {
        mockService("action", {
            doAction: ({domain}) => expect.step(domain),
        });
        await mountMap([line("2", "09", 5)], {domain: [["type", "=", "open"]]});
        await contains(`${CELL}[data-at='0 0']`).click();
        await contains(`${CELL}:contains(5)`).click();
        expect.verifySteps([
            [
                ["type", "=", "open"],
                ["weekday", "=", "2"],
                ["hour", "=", "09"],
            ],
        ]);
    });
});

describe("phone", () => {
    describe.current.tags("mobile");

    test("hours go down, weekdays across", async () => {
        await mountMap([line("2", "09", 5)]);
        expect(".o-mail-EngagementHeatMap th[scope=row]").toHaveCount(24);
        expect(".o-mail-EngagementHeatMap th[scope=col]").toHaveCount(7);
        expect(`${CELL}[aria-label='Tuesday 09:00–10:00: 5']`).toHaveText("5");
    });
});
