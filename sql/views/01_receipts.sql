-- Artifacts, what they were made from, and by whom. `*_all` holds superseded ones too.

CREATE OR REPLACE VIEW current_artifacts AS
SELECT h.stage, h.batch, h.video_id, h.artifact_id
FROM heads h
LEFT JOIN registered_videos v USING (video_id)
WHERE coalesce(v.superseded_by, '') = '';

CREATE OR REPLACE VIEW receipts_all AS
SELECT r.artifact_id, r.stage, r.video_id, coalesce(v.batch, h.batch, '') AS batch, r.producer_id, r.data_version,
    r.status, r.reason, r.run_id, r.started, r.seconds, r.rows, r.cost_usd, c.artifact_id IS NOT NULL AS is_current,
    r.timing, r.counts
FROM raw_receipts r
LEFT JOIN registered_videos v USING (video_id)
LEFT JOIN heads h ON h.stage = r.stage AND h.video_id = r.video_id
LEFT JOIN current_artifacts c ON c.artifact_id = r.artifact_id;

CREATE OR REPLACE VIEW receipts AS SELECT * FROM receipts_all;

CREATE OR REPLACE VIEW artifact_inputs AS
SELECT artifact_id, input_artifact_id, input_stage, data_version FROM raw_artifact_inputs;

CREATE OR REPLACE VIEW producers AS SELECT * FROM raw_producers;
