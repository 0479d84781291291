import {EngagementComposerPanel} from "@mail_engagement/sending/composer_panel";

import {click, queryAllTexts} from "@odoo/hoot-dom";
import {contains, mockService, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {reactive} from "@odoo/owl";

defineMailModels();

const PANEL = ".o-mail-EngagementComposerPanel";
const CHEN = {id: 4, name: "Chen", text: "does not want to be followed", is_whole: true};
const LATER = {text: "Best sent on Monday 09:00.", at: "2026-03-02 08:00:00"};

async function mountPanel(panel, values) {
    const record = reactive({
        data: {
            engagement_is_followed: true,
            engagement_retry: 0,
            scheduled_date: false,
            ...values,
            engagement_panel: panel,
        },
        update(changes) {
            expect.step(changes);
            Object.assign(this.data, changes);
        },
    });
    await mountWithCleanup(EngagementComposerPanel, {props: {record, name: "engagement_panel"}});
    return record;
}

test("who blocks, why, and another look", async () => {
    await mountPanel({blocked: [CHEN], blocked_text: "1 of 2 recipients cannot be followed"});
    expect(`${PANEL} [role=status]`).toHaveText("1 of 2 recipients cannot be followed");
    expect(`${PANEL} li:first`).toHaveText("Chen does not want to be followed — blocked");
    await contains(`${PANEL} li:last button`).click();
    expect.verifySteps([{engagement_retry: 1}]);
});

test("a part that is refused does not block", async () => {
    await mountPanel({blocked: [{...CHEN, text: "refused opens", is_whole: false}]});
    expect(`${PANEL} li:first`).toHaveText("Chen refused opens");
    expect(`${PANEL} [role=status]`).toHaveCount(0);
});

test("nobody blocks what is not followed", async () => {
    const record = await mountPanel({blocked: [CHEN]}, {engagement_is_followed: false});
    expect(`${PANEL} li`).toHaveCount(0);
    record.data.engagement_is_followed = true;
    await animationFrame();
    expect(`${PANEL} li`).toHaveCount(2);
});

test("one click fills the scheduled date", async () => {
    await mountPanel({blocked: [], send_time: LATER});
    expect(PANEL).toHaveText(/Best sent on Monday 09:00/);
    await click(`${PANEL} button`);
    expect.verifySteps([{scheduled_date: LATER.at, engagement_apart_at: false}]);
    await animationFrame();
    expect(`${PANEL} button`).toHaveCount(0);
});

test("one e-mail at each time that suits, and back", async () => {
    const apart = {text: "Monday 09:00 to Anna; 17:00 to Kenji", at: "2026-03-02 08:00:00"};
    await mountPanel({blocked: [], send_time: {...LATER, apart}});
    await click(`${PANEL} button:contains(Send each then)`);
    expect.verifySteps([{scheduled_date: apart.at, engagement_apart_at: apart.at}]);
    await animationFrame();
    expect(`${PANEL} button`).toHaveText("Send then");
    expect(`${PANEL} [aria-label=Chosen]`).toHaveCount(1);
    await click(`${PANEL} button`);
    expect.verifySteps([{scheduled_date: LATER.at, engagement_apart_at: false}]);
});

test("now is as good as later", async () => {
    await mountPanel({blocked: [], send_time: {text: "Now is a good time.", at: false}});
    expect(PANEL).toHaveText("Now is a good time.");
    expect(`${PANEL} button`).toHaveCount(0);
});

test("what is missing, and the way there for who may", async () => {
    mockService("action", {doAction: (action) => expect.step(action)});
    await mountPanel({missing: "It is off.", can_set_up: true, set_up: "addon.action"});
    expect(PANEL).toHaveText(/It is off\. This e-mail leaves as it is\./);
    await contains(`${PANEL} button`).click();
    expect.verifySteps(["addon.action"]);
});

test("what is missing, for everybody else", async () => {
    await mountPanel({missing: "It is off.", can_set_up: false});
    expect(PANEL).toHaveText(/An administrator can change that/);
    expect(`${PANEL} button`).toHaveCount(0);
});

test("how the template does", async () => {
    await mountPanel({blocked: [], template: "used 20 times"});
    expect(queryAllTexts(`${PANEL} > div, ${PANEL} div`).join()).toMatch(/This template: used 20/);
});
