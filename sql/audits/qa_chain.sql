-- Every artifact that a question rests on, from the question's own up to the video's, with its producer.
-- Parameter: $artifact_id (the qa_pairs artifact that holds the question).
WITH RECURSIVE chain AS (
    SELECT $artifact_id AS artifact_id, 0 AS depth
    UNION
    SELECT i.input_artifact_id, c.depth + 1
    FROM raw_artifact_inputs i
    JOIN chain c ON c.artifact_id = i.artifact_id
    WHERE i.input_artifact_id <> ''
)
SELECT r.stage, r.artifact_id, r.data_version, r.status, r.rows, r.run_id, r.started, r.seconds, r.is_current,
    r.video_id, r.batch, p.producer_id, p.logic_version, p.parameters, p.libraries, p.weights, max(c.depth) AS depth
FROM chain c
JOIN receipts_all r ON r.artifact_id = c.artifact_id
JOIN raw_producers p ON p.producer_id = r.producer_id
GROUP BY ALL
ORDER BY depth, r.stage;
