-- The current questions that rest on a fact whose interval covers an instant, with those facts and the split.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; SET VARIABLE clip_id = 'pour-tea-3fa92c1e.c0'; SET VARIABLE t = 1.5;
-- .read sql/audits/frame_questions.sql
SET VARIABLE head = (
    SELECT map(list(stage), list(artifact_id)) FROM heads WHERE video_id = getvariable('video_id')
);
WITH facts AS MATERIALIZED (SELECT * FROM raw_motion_scores WHERE artifact_id = getvariable('head')['motion_scores']),
pairs AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE artifact_id = getvariable('head')['qa_pairs']),
covering AS (
    SELECT fact_id
    FROM facts
    WHERE clip_id = getvariable('clip_id') AND getvariable('t') BETWEEN t0 - 0.0005 AND t1 + 0.0005
),
cited AS (
    SELECT * EXCLUDE (evidence), unnest(evidence) AS e FROM pairs WHERE clip_id = getvariable('clip_id')
)
SELECT c.qa_id, c.category, c.question, c.answer,
    CASE c.answer WHEN 'A' THEN option_a WHEN 'B' THEN option_b WHEN 'C' THEN option_c ELSE option_d END AS answer_text,
    c.verdict, list(DISTINCT c.e.fact_id ORDER BY c.e.fact_id) AS fact_ids
FROM cited c
SEMI JOIN covering f ON f.fact_id = c.e.fact_id
GROUP BY ALL
ORDER BY c.qa_id;
