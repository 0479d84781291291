"""Paths, names of headers and sizes, where a relay and its Odoo have to agree."""

# What a relay asks of Odoo; a token follows the last two.
INGEST = "/mail_engagement/ingest"
STATE = "/mail_engagement/state"
PAIR = "/mail_engagement/pair"
ATTACHMENT = "/mail_engagement/attachment"
PREFERENCES = "/mail_engagement/preferences"

# Where the edge begins at Odoo's own address; a relay's begins at its root.
ODOO_EDGE = "/e"

RELAY_HEADER = "X-Engagement-Relay"
TENANT_HEADER = "X-Engagement-Tenant"
TIMESTAMP_HEADER = "X-Engagement-Timestamp"
SIGNATURE_HEADER = "X-Engagement-Signature"
# The versions of the protocol that the relay understands.
PROTOCOL_HEADER = "X-Engagement-Protocol"
# Observations that wait at the relay.
DEPTH_HEADER = "X-Engagement-Depth"
# Odoo's own: which database, where one server has several.
DATABASE_HEADER = "X-Odoo-Database"

# What Odoo answers where the two have no version of the protocol in common.
UPGRADE_REQUIRED = 426

# Bytes of the recipient's form.
MAX_FORM = 8 * 1024
# A batch: bytes as sent and unpacked, and lines.
MAX_BATCH = 4 * 2**20
MAX_UNPACKED = 32 * 2**20
MAX_LINES = 10_000
