-- What is the question, is it current, and which artifact holds it? Its current version, else the last one made.
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; .read sql/audits/qa_pair.sql
SET VARIABLE video_id = (
    SELECT any_value(r.video_id)
    FROM (SELECT artifact_id FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id')) q
    JOIN raw_receipts r ON r.artifact_id = q.artifact_id
);
SET VARIABLE head = (
    SELECT map(list(stage), list(artifact_id)) FROM heads WHERE video_id = getvariable('video_id')
);
WITH pairs AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id')),
video AS MATERIALIZED (SELECT * FROM registered_videos WHERE video_id = getvariable('video_id'))
SELECT q.* EXCLUDE (evidence), r.video_id, v.domain, getvariable('head')['qa_pairs'] AS current_artifact_id,
    coalesce(v.superseded_by, '') AS superseded_by,
    coalesce(q.artifact_id = getvariable('head')['qa_pairs'] AND v.superseded_by = '', false) AS is_current
FROM pairs q
JOIN raw_receipts r ON r.artifact_id = q.artifact_id
LEFT JOIN video v ON true
ORDER BY is_current DESC, r.started DESC, q.artifact_id
LIMIT 1;
