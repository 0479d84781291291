import {describe, expect, test} from "@odoo/hoot";
import {formatRate} from "@mail_engagement/insight/rate";
import {makeMockEnv} from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

test("a rate of nothing is none", async () => {
    await makeMockEnv();
    expect(formatRate(0.423)).toBe("42%");
    expect(formatRate(0)).toBe("0%");
    expect(formatRate(1)).toBe("100%");
    expect(formatRate(null)).toBe("–");
    expect(formatRate(false)).toBe("–");
    expect(formatRate(undefined)).toBe("–");
});
