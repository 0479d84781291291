-- A restored copy neither follows mails nor signs with the keys of the original, has no relay, and
-- tells nobody and hears of nobody's deliveries.
UPDATE res_company
   SET engagement_enabled = FALSE, engagement_edge = 'odoo', engagement_tenant = NULL;
DELETE FROM mail_engagement_key;
DELETE FROM mail_engagement_relay;
UPDATE mail_engagement_webhook SET active = FALSE;
DELETE FROM mail_engagement_provider;
