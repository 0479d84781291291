import {EngagementChip} from "@mail_engagement/chatter/engagement_chip";

import {Message} from "@mail/core/common/message";

Object.assign(Message.components, {EngagementChip});
