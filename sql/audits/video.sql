-- What is known of a video: where it lies, its paths, what it replaced or what replaced it.
-- SET VARIABLE video_id = 'pour-tea-3fa92c1e'; .read sql/audits/video.sql
WITH head AS MATERIALIZED (SELECT stage, artifact_id FROM heads WHERE video_id = getvariable('video_id')),
probed AS (
    SELECT s.*
    FROM raw_source_videos s
    WHERE s.artifact_id = (SELECT artifact_id FROM head WHERE stage = 'source_videos')
)
SELECT v.video_id, v.path, v.sha256, v.batch, v.domain, v.licence, v.superseded_by,
    (SELECT list(o.video_id ORDER BY o.video_id) FROM registered_videos o WHERE o.superseded_by = getvariable('video_id'))
        AS supersedes,
    (SELECT list(p.path ORDER BY p.path) FROM registered_paths p WHERE p.video_id = getvariable('video_id')) AS paths,
    s.size_bytes, s.duration_s, s.width, s.height, s.fps, s.codec, s.rotation
FROM registered_videos v
LEFT JOIN probed s ON s.video_id = v.video_id
WHERE v.video_id = getvariable('video_id');
