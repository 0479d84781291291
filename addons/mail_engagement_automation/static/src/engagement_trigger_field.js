import {Component, xml} from "@odoo/owl";
import {
    TriggerSelectionField,
    triggerSelectionField,
} from "@base_automation/base_automation_trigger_selection_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

const TRIGGER = "on_engagement";

/** Odoo's drop-down of triggers, with a group of what becomes of an e-mail. */
class Triggers extends TriggerSelectionField {
    get kind() {
        const {trigger, engagement_kind: kind} = this.props.record.data;
        return trigger === TRIGGER && kind;
    }

    get kinds() {
        return this.props.record.fields.engagement_kind.selection;
    }

    get value() {
        return this.kind ? `${TRIGGER}:${this.kind}` : super.value;
    }

    get string() {
        return this.kind ? Object.fromEntries(this.kinds)[this.kind] : super.string;
    }

    get groups() {
        const groups = super.groups;
        if (this.props.record.data.model_is_mail_thread) {
            const choices = this.kinds.map(([kind, label]) => ({
                value: `${TRIGGER}:${kind}`,
                label,
            }));
            const after = this.groupedOptions.findIndex((group) => group.key === "mail") + 1;
            groups.splice(after, 0, {label: _t("E-mail Engagement"), choices});
        }
        return groups;
    }

    onChange(value) {
        const [trigger, kind] = (value || "").split(":");
        this.props.record.update({trigger: trigger || false, engagement_kind: kind || false});
    }
}

/**
 * Odoo's drop-down fails on a trigger that is in none of its groups, so it is given a record
 * without ours.
 */
export class EngagementTriggerField extends Component {
    static template = xml`<Triggers t-props="odoos"/>`;
    static components = {Triggers};
    static props = TriggerSelectionField.props;

    get odoos() {
        const {name, record} = this.props;
        const field = record.fields[name];
        const selection = field.selection.filter(([value]) => value !== TRIGGER);
        return {
            ...this.props,
            record: Object.create(record, {
                fields: {value: {...record.fields, [name]: {...field, selection}}},
                update: {value: (...changes) => record.update(...changes)},
            }),
        };
    }
}

registry.category("fields").add("mail_engagement_trigger_selection", {
    ...triggerSelectionField,
    component: EngagementTriggerField,
    fieldDependencies: [
        ...triggerSelectionField.fieldDependencies,
        {name: "engagement_kind", type: "selection"},
    ],
});
