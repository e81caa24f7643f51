-- Who is a producer, and what did it make? One row per status of its artifacts.
-- SET VARIABLE producer_id = 'dded806fde5e8819'; .read sql/audits/producer.sql
WITH producer AS MATERIALIZED (SELECT * FROM raw_producers WHERE producer_id = getvariable('producer_id')),
made AS (
    SELECT status, count(*) AS artifacts, count(DISTINCT video_id) AS videos, sum(rows)::BIGINT AS rows,
        min(started) AS first_started, max(started) AS last_started, round(sum(seconds), 3) AS seconds,
        round(sum(cost_usd), 6) AS cost_usd
    FROM raw_receipts
    WHERE producer_id = getvariable('producer_id')
    GROUP BY status
)
SELECT p.*, m.*
FROM producer p
LEFT JOIN made m ON true
ORDER BY m.status;
