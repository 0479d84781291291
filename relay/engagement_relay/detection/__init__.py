"""What one request tells of whom it came from: classes of agents and networks, no verdict."""
