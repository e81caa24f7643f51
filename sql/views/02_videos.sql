-- Videos: every registered one, also the rejected.

CREATE OR REPLACE VIEW videos_all AS
SELECT v.video_id, v.path, v.sha256, v.batch, coalesce(s.domain, v.domain) AS domain, v.licence,
    s.duration_s, s.width, s.height, s.fps, coalesce(r.status, 'new') AS status, coalesce(r.reason, '') AS reason,
    s.codec, s.rotation, v.superseded_by
FROM registered_videos v
LEFT JOIN heads h ON h.stage = 'source_videos' AND h.video_id = v.video_id
LEFT JOIN raw_receipts r ON r.artifact_id = h.artifact_id
LEFT JOIN raw_source_videos s ON s.artifact_id = h.artifact_id;

CREATE OR REPLACE VIEW videos AS SELECT * EXCLUDE (superseded_by) FROM videos_all WHERE superseded_by = '';
