-- Which questions' ids begin with a text? For ids that were cut short.
-- SET VARIABLE beginning = 'q-01b0'; .read sql/audits/qa_find.sql
SELECT DISTINCT qa_id AS id
FROM raw_qa_pairs
WHERE starts_with(qa_id, getvariable('beginning'))
ORDER BY id
LIMIT 9;
