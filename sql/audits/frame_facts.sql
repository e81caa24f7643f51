-- The current facts of a clip whose interval covers an instant (seconds from the clip's start; times are stored to the ms).
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; SET VARIABLE clip_id = 'pour-tea-3fa92c1e.c0'; SET VARIABLE t = 1.5;
-- .read sql/audits/frame_facts.sql
SET VARIABLE head = (
    SELECT map(list(stage), list(artifact_id)) FROM heads WHERE video_id = getvariable('video_id')
);
WITH facts AS MATERIALIZED (SELECT * FROM raw_motion_scores WHERE artifact_id = getvariable('head')['motion_scores'])
SELECT fact_id, kind, subject_track_id, object_track_id, value, number, unit, margin, t0, t1, frame0, frame1,
    frame_of_reference
FROM facts
WHERE clip_id = getvariable('clip_id') AND getvariable('t') BETWEEN t0 - 0.0005 AND t1 + 0.0005
ORDER BY subject_track_id, object_track_id, kind, t0, fact_id;
