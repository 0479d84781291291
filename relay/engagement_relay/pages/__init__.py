"""What recipients read at an edge, the same at the relay and at Odoo."""
