-- In which splits the current questions of a video are.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; .read sql/audits/video_splits.sql
SELECT split, count(*) AS questions, any_value(group_id) AS group_id, any_value(reason) AS reason
FROM raw_benchmark_splits
WHERE artifact_id = (SELECT artifact_id FROM heads WHERE stage = 'benchmark_splits')
    AND video_id = getvariable('video_id')
GROUP BY split
ORDER BY split;
