"""What a relay asks of its Odoo: it joins, brings events, fetches the state."""
