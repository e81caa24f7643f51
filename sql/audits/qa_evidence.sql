-- The facts that prove a question's right option and refute the others, with the tracks they rest on.
-- Parameters: $qa_id, $artifact_id (the qa_pairs artifact that holds it).
WITH pair AS (
    SELECT qa_id, unnest(evidence) AS e FROM raw_qa_pairs WHERE qa_id = $qa_id AND artifact_id = $artifact_id
),
inputs AS (SELECT input_artifact_id FROM raw_artifact_inputs WHERE artifact_id = $artifact_id)
SELECT p.e."role" AS role, f.fact_id, f.kind, f.value, f.number, f.unit, f.margin, f.confidence, f.frame_of_reference,
    f.t0, f.t1, f.frame0, f.frame1, f.subject_track_id, f.object_track_id
FROM pair p
LEFT JOIN raw_motion_scores f ON f.fact_id = p.e.fact_id AND f.artifact_id IN (SELECT input_artifact_id FROM inputs)
ORDER BY p.e."role" DESC, f.fact_id;
