import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {ActionHelper} from "@web/views/action_helper";
import {CogMenu} from "@web/search/cog_menu/cog_menu";
import {Layout} from "@web/search/layout";
import {SearchBar} from "@web/search/search_bar/search_bar";
import {_t} from "@web/core/l10n/translation";
import {localization} from "@web/core/l10n/localization";
import {registry} from "@web/core/registry";
import {standardViewProps} from "@web/views/standard_view_props";
import {user} from "@web/core/user";
import {useSearchBarToggler} from "@web/search/search_bar/search_bar_toggler";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const HOURS = Array.from({length: 24}, (_, hour) => String(hour).padStart(2, "0"));
const STEPS = {ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0]};
const BUSIEST = 3;

/** Weekdays × hours of the reader's time zone: the more people did, the darker. */
export class HeatMapController extends Component {
    static template = "mail_engagement.HeatMap";
    static components = {ActionHelper, CogMenu, Layout, SearchBar};
    static props = {...standardViewProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useState(useService("ui"));
        this.searchBarToggler = useSearchBarToggler();
        useSetupAction();
        this.state = useState({counts: {}, most: 0, focus: [0, 0]});
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((props) => this.load(props));
    }

    async load({domain, context, resModel}) {
        const groups = await this.orm.formattedReadGroup(
            resModel,
            domain,
            ["weekday", "hour"],
            ["repeat_count:sum"],
            {context},
        );
        const counts = Object.fromEntries(
            groups.map((group) => [`${group.weekday} ${group.hour}`, group["repeat_count:sum"]]),
        );
        Object.assign(this.state, {counts, most: Math.max(0, ...Object.values(counts))});
    }

    get weekdays() {
        const names = luxon.Info.weekdays("long");
        const short = luxon.Info.weekdays("short");
        return names.map((_, n) => {
            const index = (n + localization.weekStart - 1) % 7;
            return {key: String(index + 1), label: short[index], name: names[index]};
        });
    }

    get hours() {
        return HOURS.map((hour) => ({
            key: hour,
            label: hour,
            name: `${hour}:00–${String((Number(hour) + 1) % 24).padStart(2, "0")}:00`,
        }));
    }

    /** On a phone the hours go down: seven columns fit, twenty-four do not. */
    get rows() {
        return this.ui.isSmall ? this.hours : this.weekdays;
    }

    get columns() {
        return this.ui.isSmall ? this.weekdays : this.hours;
    }

    cell(row, column) {
        const [weekday, hour] = this.ui.isSmall ? [column, row] : [row, column];
        const count = this.state.counts[`${weekday.key} ${hour.key}`] || 0;
        const share = this.state.most ? count / this.state.most : 0;
        return {
            weekday,
            hour,
            count,
            label: _t("%(weekday)s %(hour)s: %(count)s", {
                weekday: weekday.name,
                hour: hour.name,
                count,
            }),
            style: count ? `--engagement-heat: ${Math.round(10 + 90 * share)}%` : "",
        };
    }

    /** In words, for whoever sees no colours. */
    get busiest() {
        return this.weekdays
            .flatMap((weekday) =>
                this.hours.map((hour) => ({
                    weekday,
                    hour,
                    count: this.state.counts[`${weekday.key} ${hour.key}`] || 0,
                })),
            )
            .filter((cell) => cell.count)
            .sort((one, other) => other.count - one.count)
            .slice(0, BUSIEST)
            .map(({weekday, hour, count}) => `${weekday.name} ${hour.name} (${count})`)
            .join(", ");
    }

    /** The one that the server counts in. */
    get zone() {
        return user.context.tz || "UTC";
    }

    open({weekday, hour, label, count}) {
        if (!count) {
            return;
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: label,
            res_model: this.props.resModel,
            views: [[false, "list"]],
            domain: [...this.props.domain, ["weekday", "=", weekday.key], ["hour", "=", hour.key]],
        });
    }

    isFocusable(row, column) {
        return this.state.focus[0] === row && this.state.focus[1] === column;
    }

    onKeydown(ev) {
        const step = STEPS[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const sizes = [this.rows.length, this.columns.length];
        this.state.focus = this.state.focus.map(
            (at, axis) => (at + step[axis] + sizes[axis]) % sizes[axis],
        );
        const [row, column] = this.state.focus;
        ev.currentTarget.querySelector(`[data-at="${row} ${column}"]`).focus();
    }
}

export const heatMapView = {
    type: "engagement_heat",
    searchMenuTypes: ["filter", "favorite"],
    Controller: HeatMapController,
};

registry.category("views").add("engagement_heat", heatMapView);
