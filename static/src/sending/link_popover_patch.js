import {LinkPopover} from "@html_editor/main/link/link_popover";
import {patch} from "@web/core/utils/patch";

/** What tools/body/html_scan.py looks for. */
const LEFT_ALONE = "o_mail_engagement_left_alone";
/** Where what is written leaves as an e-mail. */
const MAIL_MODELS = ["mail.compose.message", "mail.scheduled.message", "mail.template"];

patch(LinkPopover.prototype, {
    setup() {
        super.setup();
        this.state.isLeftAlone = this.props.linkElement.classList.contains(LEFT_ALONE);
    },
    /** Whether the link may be followed, so that whoever writes it may not want that. */
    get mayBeFollowed() {
        const {engagementFollow} = this.env.services["mail.store"] ?? {};
        return Boolean(engagementFollow) && MAIL_MODELS.includes(this.props.recordInfo.resModel);
    },
    onToggleLeftAlone(isLeftAlone) {
        this.state.isLeftAlone = isLeftAlone;
        // Its classes are what the link is given with everything else.
        this.props.linkElement.classList.toggle(LEFT_ALONE, isLeftAlone);
        this.onChange();
    },
});
