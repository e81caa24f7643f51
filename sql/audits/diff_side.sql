-- One side of a comparison of two variants or producers in one stage: the artifact of each video that has rows there.
-- `items` counts what is compared: sentences of captions, rows of all other stages.
-- `side` is the name of a variant, `main` too, or a producer id: then its newest artifacts.
-- SET VARIABLE stage = 'qa_pairs'; SET VARIABLE side = 'main'; .read sql/audits/diff_side.sql
WITH side AS (
    SELECT video_id, artifact_id FROM variant_artifacts WHERE variant = getvariable('side') AND stage = getvariable('stage')
    UNION
    SELECT r.video_id, arg_max(r.artifact_id, r.started)
    FROM raw_receipts r
    JOIN registered_videos v USING (video_id)
    WHERE r.producer_id = getvariable('side') AND r.stage = getvariable('stage') AND r.status = 'ok' AND v.superseded_by = ''
    GROUP BY r.video_id
)
SELECT s.video_id, s.artifact_id, r.data_version,
    CASE WHEN getvariable('stage') = 'captions' THEN coalesce(c.sentences, 0) ELSE r.rows END::BIGINT AS items
FROM side s
JOIN raw_receipts r USING (artifact_id)
LEFT JOIN (SELECT artifact_id, sum(len(sentences)) AS sentences FROM raw_captions GROUP BY artifact_id) c
    USING (artifact_id)
WHERE r.status = 'ok'
ORDER BY s.video_id;
