from . import mail_engagement_record_mixin
from . import digest_digest
from . import ir_actions_act_window_view
from . import ir_ui_view
from . import mail_engagement_report
from . import mail_engagement_rate
from . import mail_template
from . import res_partner
