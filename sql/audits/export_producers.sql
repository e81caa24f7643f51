-- All producers.
-- .read sql/audits/export_producers.sql
SELECT producer_id, stage, logic_version, parameters, libraries, weights FROM raw_producers ORDER BY producer_id;
