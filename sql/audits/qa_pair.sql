-- What is the question, is it current, and which artifact holds it? Its current version, else the last one made.
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; .read sql/audits/qa_pair.sql
WITH pairs AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id'))
SELECT q.* EXCLUDE (evidence), r.video_id, v.domain, h.artifact_id AS current_artifact_id,
    coalesce(v.superseded_by, '') AS superseded_by,
    coalesce(h.artifact_id = q.artifact_id AND v.superseded_by = '', false) AS is_current
FROM pairs q
JOIN raw_receipts r ON r.artifact_id = q.artifact_id
LEFT JOIN registered_videos v ON v.video_id = r.video_id
LEFT JOIN heads h ON h.stage = 'qa_pairs' AND h.video_id = r.video_id
ORDER BY is_current DESC, r.started DESC, q.artifact_id
LIMIT 1;
