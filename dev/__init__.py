"""What ``make`` calls: the set-up of Odoo and PostgreSQL, tests, demo, benchmarks.

``python3 -m dev COMMAND`` needs nothing but Python; it builds a virtual environment first
(``bootstrap``) and goes on inside it.
"""
