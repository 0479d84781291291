-- A restored copy neither follows mails nor signs with the keys of the original, and has no relay.
UPDATE res_company
   SET engagement_enabled = FALSE, engagement_edge = 'odoo', engagement_tenant = NULL;
DELETE FROM mail_engagement_key;
DELETE FROM mail_engagement_relay;
