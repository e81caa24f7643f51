-- Which pairs of another artifact ask what a pair asked? Those with most options in common first.
-- SET VARIABLE qa_id = 'q-01b02a132ac8'; SET VARIABLE artifact_id = '320a38db933c611f0ee6'; -- the one that holds it
-- SET VARIABLE successor_id = '93b1f6a35a3d4e5f6a7b'; .read sql/audits/qa_successor.sql
WITH pairs AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE qa_id = getvariable('qa_id')),
old AS (
    SELECT split_part(clip_id, '.', -1) AS clip, question, [option_a, option_b, option_c, option_d] AS options
    FROM pairs
    WHERE artifact_id = getvariable('artifact_id')
),
new AS MATERIALIZED (SELECT * FROM raw_qa_pairs WHERE artifact_id = getvariable('successor_id'))
SELECT n.* EXCLUDE (evidence), len(list_intersect(o.options, [option_a, option_b, option_c, option_d])) AS shared_options
FROM new n
JOIN old o ON o.question = n.question AND o.clip = split_part(n.clip_id, '.', -1)
ORDER BY shared_options DESC, n.qa_id;
