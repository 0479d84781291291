"""What Odoo and a relay agree on, one definition for both: docs/protocol.md in code.

Nothing here imports another part of the relay.
"""
