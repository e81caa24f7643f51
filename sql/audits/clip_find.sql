-- Which current clips' ids begin with a text? With the part of the video that they are.
-- SET VARIABLE beginning = 'pour-tea-3fa92c1e.c0'; .read sql/audits/clip_find.sql
SELECT c.clip_id AS id, c.clip_id, c.video_id, c.start_s, c.end_s, c.width, c.height, c.status, c.reason, c.camera_verdict
FROM raw_filtered_clips c
JOIN current_artifacts h ON h.stage = 'filtered_clips' AND h.artifact_id = c.artifact_id
WHERE starts_with(c.clip_id, getvariable('beginning'))
ORDER BY id
LIMIT 9;
