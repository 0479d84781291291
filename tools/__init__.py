"""Logic of the product that needs no ORM, and runs without Odoo."""
