import {debounce} from "@web/core/utils/timing";
import {ListController} from "@web/views/list/list_controller";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {onWillDestroy} from "@odoo/owl";

/** The list of mailboxes shows their tests' progress as it happens. */
export class MailboxListController extends ListController {
    setup() {
        super.setup();
        const busService = useService("bus_service");
        const reload = debounce(() => this.model.root.load(), 300);
        busService.subscribe("mail_engagement.mailbox", reload);
        onWillDestroy(() => {
            busService.unsubscribe("mail_engagement.mailbox", reload);
            reload.cancel();
        });
    }
}

registry.category("views").add("mail_engagement_mailbox_list", {
    ...listView,
    Controller: MailboxListController,
});
