-- Which facts prove a question's right option and refute the others, as they were when it was made?
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; SET VARIABLE video_id = 'pour-tea-3fa92c1e';
-- SET VARIABLE artifact_id = '320a38db933c611f0ee6'; -- the one that holds it: qa_pair.sql says which
-- .read sql/audits/qa_evidence.sql
SET VARIABLE facts_artifact_id = (
    WITH inputs AS MATERIALIZED (SELECT * FROM raw_artifact_inputs WHERE video_id = getvariable('video_id'))
    SELECT input_artifact_id
    FROM inputs
    WHERE artifact_id = getvariable('artifact_id') AND input_stage = 'motion_scores'
);
WITH pairs AS MATERIALIZED (
    SELECT artifact_id, evidence FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id')
),
facts AS MATERIALIZED (SELECT * FROM raw_motion_scores WHERE artifact_id = getvariable('facts_artifact_id')),
cited AS (SELECT unnest(evidence) AS e FROM pairs WHERE artifact_id = getvariable('artifact_id'))
SELECT c.e."role" AS role, f.fact_id, f.kind, f.value, f.number, f.unit, f.margin, f.confidence, f.frame_of_reference,
    f.t0, f.t1, f.frame0, f.frame1, f.subject_track_id, f.object_track_id
FROM cited c
LEFT JOIN facts f ON f.fact_id = c.e.fact_id
ORDER BY c.e."role" DESC, f.fact_id;
