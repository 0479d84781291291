import {MailComposerTemplateSelector} from "@mail/core/web/mail_composer_template_selector";

import {describe, expect, test} from "@odoo/hoot";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");
defineMailModels();

async function mountSelector(rates) {
    onRpc("mail.template", "search_read", ({kwargs}) =>
        JSON.stringify(kwargs.domain).includes("false")
            ? [
                  {id: 1, display_name: "Short"},
                  {id: 2, display_name: "Long"},
              ]
            : [],
    );
    onRpc("mail.template", "engagement_rates", ({args}) => {
        expect.step(args[0]);
        return rates;
    });
    const record = {
        data: {can_edit_body: true, render_model: "crm.lead"},
        evalContext: {context: {}},
    };
    await mountWithCleanup(MailComposerTemplateSelector, {
        props: {record, name: "template_id", readonly: false},
    });
    await contains(".mail-composer-template-dropdown-btn").click();
}

test("each template says how it does, the recommended one stands out", async () => {
    await mountSelector({1: {text: "used 12 times", is_recommended: true}});
    expect.verifySteps([[1, 2]]);
    expect(".o-dropdown-item:contains(Short) .o-mail-EngagementRates").toHaveText("used 12 times");
    expect(".o-dropdown-item:contains(Short) .badge").toHaveText("Recommended");
    expect(".o-dropdown-item:contains(Long)").toHaveText("Long");
});

test("without engagement it is Odoo's own", async () => {
    await mountSelector({});
    expect.verifySteps([[1, 2]]);
    expect(".o-dropdown-item:contains(Short)").toHaveText("Short");
});
