-- Receipts with their inputs, for an export: of one video, or of everything where `video_id` is null.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; .read sql/audits/export_artifacts.sql
WITH made AS (
    SELECT * FROM raw_receipts WHERE getvariable('video_id') IS NULL OR video_id = getvariable('video_id')
),
inputs AS (
    SELECT i.artifact_id,
        list({'stage': i.input_stage, 'video_id': coalesce(r.video_id, i.video_id), 'artifact_id': i.input_artifact_id}
            ORDER BY i.input_stage, i.input_artifact_id) AS inputs
    FROM raw_artifact_inputs i
    LEFT JOIN raw_receipts r ON r.artifact_id = i.input_artifact_id
    WHERE getvariable('video_id') IS NULL OR i.video_id = getvariable('video_id')
    GROUP BY i.artifact_id
)
SELECT m.artifact_id, m.stage, m.video_id, m.producer_id, m.data_version, m.status, m.reason, m.run_id,
    m.started AT TIME ZONE 'UTC' AS started, m.seconds, m.rows, m.cost_usd, coalesce(v.path, '') AS path,
    coalesce(v.sha256, '') AS sha256, i.inputs,
    lag(m.artifact_id) OVER (PARTITION BY m.stage, m.video_id ORDER BY m.started, m.artifact_id) AS previous_artifact_id
FROM made m
LEFT JOIN inputs i USING (artifact_id)
LEFT JOIN registered_videos v ON v.video_id = m.video_id
ORDER BY m.started, m.artifact_id;
