-- What is the question, is it current, and which artifact holds it? Its current version, else the last one made.
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; .read sql/audits/qa_pair.sql
WITH pairs AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id')),
made AS MATERIALIZED (
    SELECT r.artifact_id, r.video_id, r.started FROM raw_receipts r JOIN pairs p ON p.artifact_id = r.artifact_id
),
head AS MATERIALIZED (SELECT h.stage, h.video_id, h.artifact_id FROM heads h JOIN made m ON m.video_id = h.video_id)
SELECT q.* EXCLUDE (evidence), r.video_id, v.domain, h.artifact_id AS current_artifact_id,
    coalesce(v.superseded_by, '') AS superseded_by,
    coalesce(h.artifact_id = q.artifact_id AND v.superseded_by = '', false) AS is_current
FROM pairs q
JOIN made r ON r.artifact_id = q.artifact_id
LEFT JOIN registered_videos v ON v.video_id = r.video_id
LEFT JOIN head h ON h.stage = 'qa_pairs' AND h.video_id = r.video_id
ORDER BY is_current DESC, r.started DESC, q.artifact_id
LIMIT 1;
