"""How warm a contact or an opportunity is, as one number that can be explained in a line.

The rule: a followed e-mail is worth the sum of what people did with it, each counted once:
opened 1 point, link clicked or file viewed 3, answered 5. Its points halve with every 30 days since
somebody last did something with it, and are gone after a year. The score is the sum over all
e-mails. Machines and the sender's own visits are no part of it.

The numbers are a convention of this addon, chosen so that an answer outweighs a click, a click an
open, and last week last quarter. The database adds up
(``models/insight/mail_engagement_record_mixin.py``).
"""

OPENED, CLICKED, ANSWERED = 1, 3, 5
HALF_LIFE_DAYS = 30
OLDEST_DAYS = 365
DAY = 86400
