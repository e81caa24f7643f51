-- Every artifact that was ever made of a video, current or superseded, with status, reason and producer.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; .read sql/audits/video_artifacts.sql
WITH made AS MATERIALIZED (
    SELECT artifact_id, stage, producer_id, data_version, status, reason, rows, run_id, started, seconds, cost_usd
    FROM raw_receipts
    WHERE video_id = getvariable('video_id')
),
head AS MATERIALIZED (SELECT artifact_id FROM heads WHERE video_id = getvariable('video_id'))
SELECT r.stage, r.artifact_id, r.status, r.reason, r.rows, r.artifact_id IN (FROM head) AS is_head, r.data_version,
    r.run_id, r.started, r.seconds, r.cost_usd, p.producer_id, p.logic_version, p.parameters, p.libraries, p.weights
FROM made r
JOIN raw_producers p ON p.producer_id = r.producer_id
ORDER BY r.started, r.artifact_id;
