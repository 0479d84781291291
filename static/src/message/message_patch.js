import {EngagementChip} from "@mail_engagement/engagement_chip/engagement_chip";

import {Message} from "@mail/core/common/message";

Object.assign(Message.components, {EngagementChip});
