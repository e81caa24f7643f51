-- What rests on a producer: artifacts and rows per stage, all and current, its own stage included.
-- SET VARIABLE producer_id = 'dded806fde5e8819'; .read sql/audits/producer_below.sql
WITH lineage AS MATERIALIZED (SELECT lineage_id FROM raw_lineages WHERE producer_id = getvariable('producer_id')),
made AS (
    SELECT stage, count(*) AS artifacts, sum(rows) AS rows
    FROM raw_receipts
    WHERE lineage_id IN (FROM lineage)
    GROUP BY stage
),
current AS (
    SELECT stage, count(*) AS current, sum(rows) AS current_rows
    FROM heads
    WHERE lineage_id IN (FROM lineage)
        AND video_id NOT IN (SELECT video_id FROM registered_videos WHERE superseded_by <> '')
    GROUP BY stage
)
SELECT m.stage, m.artifacts, coalesce(c.current, 0) AS current, m.rows::BIGINT AS rows,
    coalesce(c.current_rows, 0)::BIGINT AS current_rows
FROM made m
LEFT JOIN current c USING (stage);
