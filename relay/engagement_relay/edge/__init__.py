"""What the public asks for: pixels, links, files and preferences, answered and written down."""
