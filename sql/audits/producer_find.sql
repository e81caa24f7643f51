-- Which producers' ids, or the sha256 of whose weights, begin with a text?
-- SET VARIABLE beginning = 'dded80'; .read sql/audits/producer_find.sql
SELECT producer_id AS id, stage
FROM raw_producers
WHERE starts_with(producer_id, getvariable('beginning'))
    OR len(list_filter(
        CAST(json_extract_string(weights, '$.*') AS VARCHAR[]), lambda sha: starts_with(sha, getvariable('beginning'))
    )) > 0
ORDER BY id
LIMIT 9;
