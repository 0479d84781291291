"""What breaks everything under load, and counts then."""
