import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {mockDate} from "@odoo/hoot-mock";
import {queryOne} from "@odoo/hoot-dom";

class Seen extends models.Model {
    _name = "seen";

    at = fields.Datetime();

    _records = [
        {id: 1, at: "2026-01-01 09:00:00"},
        {id: 2, at: false},
    ];
}

describe.current.tags("desktop");
defineMailModels();
defineModels([Seen]);

test("as people say it, exactly on hovering; nothing for never", async () => {
    mockDate("2026-01-01 12:00:00", 0);
    await mountView({
        type: "list",
        resModel: "seen",
        arch: `<list><field name="at" widget="mail_engagement_ago"/></list>`,
    });
    expect(".o_data_row time").toHaveCount(1);
    expect(".o_data_row time").toHaveText("3 hours ago");
    expect(queryOne(".o_data_row time").title).toBe("Jan 1, 2026, 9:00 AM");
});
