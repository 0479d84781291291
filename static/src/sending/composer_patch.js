import {Composer} from "@mail/core/common/composer";
import {Store} from "@mail/core/common/store_service";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {registerComposerAction} from "@mail/core/common/composer_actions";
import {useState} from "@odoo/owl";

/** One switch in the chatter's own composer: follow this message or not. */
registerComposerAction("mail-engagement-follow", {
    condition: ({owner, store}) =>
        Boolean(store.engagementFollow) && owner.env.inChatter && owner.props.type === "message",
    icon: ({owner}) => (owner.engagement.follows ? "fa fa-eye" : "fa fa-eye-slash"),
    isActive: ({owner}) => owner.engagement.follows,
    name: ({owner}) =>
        owner.engagement.follows
            ? _t("Email Engagement: followed. Do not follow this message")
            : _t("Email Engagement: not followed. Follow this message"),
    onSelected: ({owner}) => (owner.engagement.follows = !owner.engagement.follows),
    setup: ({owner, store}) =>
        (owner.engagement = useState({follows: store.engagementFollow === "follow"})),
    sequenceQuick: 10,
});

patch(Composer.prototype, {
    get postData() {
        const data = super.postData;
        if (this.store.engagementFollow && this.props.type === "message") {
            data.engagementFollow = this.engagement.follows ? "follow" : "skip";
        }
        return data;
    },
});

patch(Store.prototype, {
    async getMessagePostParams({postData}) {
        const params = await super.getMessagePostParams(...arguments);
        if (postData.engagementFollow) {
            params.post_data.engagement_follow = postData.engagementFollow;
        }
        return params;
    },
});
