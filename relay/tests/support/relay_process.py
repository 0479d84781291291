"""A real relay beside a MiniOdoo."""

import json

from engagement_relay import storage
from engagement_relay.state import State

from dev.relay import Relay


class RelayProcess(Relay):
    def lines(self):
        """What it wrote into its log so far, each line's values."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def join(self, odoo, hosts=()):
        """As after ``pair``."""
        storage.save_pairing(self.data_dir, odoo.pairing(hosts))
        state = State().updated(odoo.full_state())
        storage.write_json(storage.state_path(self.data_dir, odoo.tenant), state.to_json())
        return self
