"""The public edge of Email Engagement, and what it shares with the Odoo addon."""
