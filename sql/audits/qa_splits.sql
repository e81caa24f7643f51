-- Which splits was a question in, now and before?
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; .read sql/audits/qa_splits.sql
WITH assigned AS MATERIALIZED (SELECT * FROM raw_benchmark_splits WHERE qa_id = getvariable('qa_id')),
made AS MATERIALIZED (SELECT artifact_id, started FROM raw_receipts WHERE video_id = 'corpus'),
head AS MATERIALIZED (SELECT artifact_id FROM heads WHERE video_id = 'corpus')
SELECT s.split, s.group_id, s.domain, s.reason, s.artifact_id, r.started, s.artifact_id IN (FROM head) AS is_current
FROM assigned s
JOIN made r ON r.artifact_id = s.artifact_id
ORDER BY is_current DESC, r.started DESC;
