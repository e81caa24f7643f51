-- Every artifact that an artifact of a video rests on, from its own up to the video's, with its producer.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; SET VARIABLE artifact_id = '320a38db933c611f0ee6';
-- .read sql/audits/qa_chain.sql
WITH RECURSIVE
edges AS MATERIALIZED (
    SELECT artifact_id, input_artifact_id FROM raw_artifact_inputs WHERE video_id = getvariable('video_id')
),
chain AS (
    SELECT getvariable('artifact_id') AS artifact_id, 0 AS depth
    UNION
    SELECT e.input_artifact_id, c.depth + 1
    FROM edges e
    JOIN chain c ON c.artifact_id = e.artifact_id
    WHERE e.input_artifact_id <> ''
),
steps AS MATERIALIZED (SELECT artifact_id, max(depth) AS depth FROM chain GROUP BY artifact_id),
receipts AS MATERIALIZED (
    SELECT artifact_id, stage, video_id, producer_id, data_version, status, rows, run_id, started, seconds
    FROM raw_receipts
    WHERE video_id = getvariable('video_id')
),
head AS MATERIALIZED (SELECT artifact_id FROM heads WHERE video_id = getvariable('video_id')),
video AS MATERIALIZED (SELECT batch, superseded_by FROM registered_videos WHERE video_id = getvariable('video_id'))
SELECT r.stage, r.artifact_id, r.data_version, r.status, r.rows, r.run_id, r.started, r.seconds,
    r.artifact_id IN (FROM head) AND coalesce((SELECT superseded_by FROM video), '') = '' AS is_current,
    r.video_id, coalesce((SELECT batch FROM video), '') AS batch, p.producer_id, p.logic_version, p.parameters,
    p.libraries, p.weights, s.depth
FROM receipts r
JOIN steps s ON s.artifact_id = r.artifact_id
JOIN raw_producers p ON p.producer_id = r.producer_id
ORDER BY s.depth, r.stage;
