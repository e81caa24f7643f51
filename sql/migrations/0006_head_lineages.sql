-- What is current, by lineage: so that what rests on a producer today is counted without looking up every artifact.

ALTER TABLE heads ADD COLUMN lineage_id VARCHAR; -- of the artifact
ALTER TABLE heads ADD COLUMN rows BIGINT;        -- of the artifact

UPDATE heads SET lineage_id = r.lineage_id, rows = r.rows FROM raw_receipts r WHERE r.artifact_id = heads.artifact_id;
