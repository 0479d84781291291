import {useEffect, useState} from "@odoo/owl";
import {Notification} from "@web/core/notifications/notification";
import {patch} from "@web/core/utils/patch";

Notification.props = {...Notification.props, engagement: {type: Object, optional: true}};

/** A toast of ours grows while it stands, and starts again to count the time that it stays. */
patch(Notification.prototype, {
    setup() {
        super.setup();
        if (this.props.engagement) {
            this.engagement = useState(this.props.engagement);
            useEffect(
                () => this.refresh(),
                () => [this.engagement.text],
            );
        }
    },
});
