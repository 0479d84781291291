"""What is released: archives, wheels, the branch of the series, and what they are held against."""
