-- What a variant holds in the stages that are its own, by artifact.
-- `only`: nobody else holds it, neither main nor another variant; it is what dropping the variant would set free.
-- SET VARIABLE variant = 'tracker-b'; .read sql/audits/variant_holds.sql
SELECT h.stage, h.video_id, h.artifact_id, r.rows, r.status,
    h.artifact_id NOT IN (
        SELECT artifact_id FROM heads
        UNION ALL SELECT artifact_id FROM variant_heads WHERE variant <> getvariable('variant')
    ) AS only
FROM variant_heads h
JOIN raw_receipts r USING (artifact_id)
WHERE h.variant = getvariable('variant')
ORDER BY h.stage, h.video_id;
