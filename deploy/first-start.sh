#!/bin/sh
# Runs before Odoo each time: makes the database `odoo` with the addon, unless there is one.
# It has its name only once it is whole, so whatever interrupts this, the next start begins anew.
set -eu
PGHOST=$HOST
PGUSER=odoo
PGPASSWORD=$(cat "$PASSWORD_FILE")
export PGHOST PGUSER PGPASSWORD

found=$(psql --dbname=postgres -Atc "SELECT datname FROM pg_database WHERE datname = 'odoo'")
if [ "$found" ]; then
    exit
fi
odoo db init --force --password "$(cat "$ADMIN_PASSWORD_FILE")" first_start
odoo module install --database first_start mail_engagement
odoo db rename first_start odoo
