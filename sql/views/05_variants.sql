-- What is current in main and in every variant. `shared`: the variant has none of its own in that stage, it is main's.

CREATE OR REPLACE VIEW variant_artifacts AS
SELECT 'main' AS variant, stage, batch, video_id, artifact_id, false AS shared FROM current_artifacts
UNION ALL
SELECT h.variant, h.stage, h.batch, h.video_id, h.artifact_id, false
FROM variant_heads h
LEFT JOIN registered_videos v USING (video_id)
WHERE coalesce(v.superseded_by, '') = ''
UNION ALL
SELECT n.variant, c.stage, c.batch, c.video_id, c.artifact_id, true
FROM (SELECT DISTINCT variant FROM variant_heads) n
CROSS JOIN current_artifacts c
ANTI JOIN variant_heads o ON o.variant = n.variant AND o.stage = c.stage;
