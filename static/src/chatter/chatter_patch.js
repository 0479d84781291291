import {Chatter} from "@mail/chatter/web_portal/chatter";

import {useEffect} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {patch} from "@web/core/utils/patch";

/** A colleague's message changes before one's eyes too: Odoo tells its author only. */
patch(Chatter.prototype, {
    setup() {
        super.setup();
        const bus = useService("bus_service");
        useEffect(
            (model, id, mayKnow) => {
                if (id && mayKnow) {
                    const channel = `mail_engagement/${model}/${id}`;
                    bus.addChannel(channel);
                    return () => bus.deleteChannel(channel);
                }
            },
            () => [
                this.props.threadModel,
                this.props.threadId,
                this.store.engagementUnread !== undefined,
            ],
        );
    },
});
