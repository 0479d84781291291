"""The HTML and the text of a mail: reading, rewriting on the way out, restoring on the way back."""
