import {formatPercentage} from "@web/views/fields/formatters";
import {percentageField} from "@web/views/fields/percentage/percentage_field";
import {registry} from "@web/core/registry";

/** A rate of nothing is none: Odoo would write 0 %. */
export function formatRate(value) {
    return typeof value === "number" ? formatPercentage(value, {digits: [16, 0]}) : "–";
}
formatRate.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("engagement_rate", formatRate);
registry.category("fields").add("engagement_rate", percentageField);
