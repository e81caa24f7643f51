-- The current clips of a video, and how many tracks, facts, captions and questions rest on each.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; .read sql/audits/video_clips.sql
SET VARIABLE head = (
    SELECT map(list(stage), list(artifact_id)) FROM heads WHERE video_id = getvariable('video_id')
);
WITH clips AS MATERIALIZED (SELECT * FROM raw_filtered_clips WHERE artifact_id = getvariable('head')['filtered_clips']),
tracks AS MATERIALIZED (
    SELECT clip_id, count(*) AS n FROM raw_tracks WHERE artifact_id = getvariable('head')['tracks'] GROUP BY clip_id
),
facts AS MATERIALIZED (
    SELECT clip_id, count(*) AS n
    FROM raw_motion_scores
    WHERE artifact_id = getvariable('head')['motion_scores']
    GROUP BY clip_id
),
captions AS MATERIALIZED (
    SELECT clip_id, text FROM raw_captions WHERE artifact_id = getvariable('head')['captions']
),
questions AS MATERIALIZED (
    SELECT clip_id, count(*) AS n FROM raw_qa_pairs WHERE artifact_id = getvariable('head')['qa_pairs'] GROUP BY clip_id
)
SELECT c.clip_id, c.start_s, c.end_s, c.status, c.reason, c.camera_verdict, c.camera_score, c.frame_of_reference,
    coalesce(t.n, 0) AS tracks, coalesce(f.n, 0) AS facts, coalesce(q.n, 0) AS questions, x.text AS caption
FROM clips c
LEFT JOIN tracks t USING (clip_id)
LEFT JOIN facts f USING (clip_id)
LEFT JOIN captions x USING (clip_id)
LEFT JOIN questions q USING (clip_id)
ORDER BY c.clip_id;
