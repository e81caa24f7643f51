-- What one computation of each stage took, by producer: the mean over its newest receipts, since the sum over many
-- videos is wanted. The corpus' own artifact grows with the corpus, so only its newest receipt counts. Failures are
-- left out: they end early, or at a time limit.
-- Parameter: $newest (receipts per producer that are looked at).
WITH numbered AS (
    SELECT r.stage, r.producer_id, r.seconds, r.cost_usd, r.started, r.video_id,
        row_number() OVER (PARTITION BY r.stage, r.producer_id ORDER BY r.started DESC, r.artifact_id) AS age
    FROM raw_receipts r
    WHERE r.status <> 'failed'
)
SELECT n.stage, n.producer_id, coalesce(json_extract_string(p.parameters, '$.llm.model'), '') AS model,
    count(*) AS receipts, avg(n.seconds) AS seconds, avg(n.cost_usd) AS cost_usd, max(n.started) AS newest
FROM numbered n
JOIN raw_producers p USING (producer_id)
WHERE n.age <= CASE WHEN n.video_id = 'corpus' THEN 1 ELSE $newest END
GROUP BY n.stage, n.producer_id, model
ORDER BY n.stage, newest DESC, n.producer_id;
