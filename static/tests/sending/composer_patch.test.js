import {
    click,
    contains,
    insertText,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {getService} from "@web/../tests/web_test_helpers";
import {onRpc} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const SWITCH = ".o-mail-Composer button[name='mail-engagement-follow']";

/** The chatter's own composer, for a user whose new mails are by default as said. */
async function writeMessage(follow) {
    const env = await startServer();
    const partner = env["res.partner"].create({name: "Carla"});
    onRpc("/mail/message/post", async (request) => {
        const {params} = await request.json();
        expect.step(params.post_data.engagement_follow ?? "as ever");
    });
    await start();
    getService("mail.store").engagementFollow = follow;
    await openFormView("res.partner", partner);
    await click("button", {text: "Send message"});
    await contains(".o-mail-Composer");
}

async function send() {
    await insertText(".o-mail-Composer-input", "Hello");
    await click(".o-mail-Composer-send:enabled");
    await contains(".o-mail-Message", {text: "Hello"});
}

test("followed by default, and switched off for one message", async () => {
    await writeMessage("follow");
    await contains(`${SWITCH}[title*='Do not follow']`);
    await click(SWITCH);
    await contains(`${SWITCH}[title*='not followed']`);
    await send();
    expect.verifySteps(["skip"]);
});

test("not followed by default, and switched on", async () => {
    await writeMessage("skip");
    await contains(`${SWITCH}[title*='not followed'] .fa-eye-slash`);
    await click(SWITCH);
    await send();
    expect.verifySteps(["follow"]);
});

test("no switch where nothing can be followed, nor on a note", async () => {
    await writeMessage("");
    await contains(SWITCH, {count: 0});
    await send();
    expect.verifySteps(["as ever"]);
    getService("mail.store").engagementFollow = "follow";
    await click("button", {text: "Log note"});
    await contains(".o-mail-Composer");
    await contains(SWITCH, {count: 0});
});
