-- In which splits the current questions that rest on a producer are.
-- SET VARIABLE producer_id = 'dded806fde5e8819'; .read sql/audits/producer_splits.sql
WITH lineage AS MATERIALIZED (SELECT lineage_id FROM raw_lineages WHERE producer_id = getvariable('producer_id')),
videos AS MATERIALIZED (
    SELECT video_id
    FROM heads
    WHERE stage = 'qa_pairs' AND lineage_id IN (FROM lineage)
        AND video_id NOT IN (SELECT video_id FROM registered_videos WHERE superseded_by <> '')
)
SELECT split, count(*) AS questions, count(DISTINCT video_id) AS videos
FROM raw_benchmark_splits
WHERE artifact_id = (SELECT artifact_id FROM heads WHERE stage = 'benchmark_splits') AND video_id IN (FROM videos)
GROUP BY split
ORDER BY split;
