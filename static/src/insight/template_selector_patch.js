import {MailComposerTemplateSelector} from "@mail/core/web/mail_composer_template_selector";
import {patch} from "@web/core/utils/patch";

/** The composer's choice of templates says how well each one does. */
patch(MailComposerTemplateSelector.prototype, {
    async fetchTemplates() {
        // Whoever opens the list before they are there sees none instead of an error.
        this.state.templates = [];
        await super.fetchTemplates();
        const rates = await this.orm.call("mail.template", "engagement_rates", [
            this.state.templates.map((template) => template.id),
        ]);
        for (const template of this.state.templates) {
            template.engagement = rates[template.id];
        }
    },
});
