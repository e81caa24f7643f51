-- In which variants is an artifact current?
-- SET VARIABLE artifact_id = '320a38db933c611f0ee6'; .read sql/audits/artifact_variants.sql
SELECT DISTINCT variant FROM variant_heads WHERE artifact_id = getvariable('artifact_id') ORDER BY variant;
