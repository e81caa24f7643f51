-- Captions, questions and the facts that they rest on.

CREATE OR REPLACE VIEW captions_all AS SELECT *, artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current FROM raw_captions;
CREATE OR REPLACE VIEW captions AS SELECT caption_id, clip_id, writer, text FROM captions_all WHERE is_current;

CREATE OR REPLACE VIEW caption_sentences AS
SELECT caption_id, clip_id, s.section AS section, s."text" AS text, s.verdict AS verdict, s.fact_ids AS fact_ids
FROM (SELECT caption_id, clip_id, unnest(sentences) AS s FROM captions_all WHERE is_current);

CREATE OR REPLACE VIEW caption_evidence AS
SELECT caption_id, section AS role, unnest(fact_ids) AS fact_id FROM caption_sentences;

CREATE OR REPLACE VIEW splits_all AS SELECT *, artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current FROM raw_benchmark_splits;
CREATE OR REPLACE VIEW splits AS SELECT qa_id, clip_id, video_id, group_id, split, domain, reason FROM splits_all WHERE is_current;

CREATE OR REPLACE VIEW qa_all AS
SELECT q.*, q.artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current, v.domain, s.split
FROM raw_qa_pairs q
LEFT JOIN raw_receipts r ON r.artifact_id = q.artifact_id
LEFT JOIN videos_all v ON v.video_id = r.video_id
LEFT JOIN splits s ON s.qa_id = q.qa_id;
CREATE OR REPLACE VIEW qa AS
SELECT qa_id, clip_id, category, what_how, difficulty, question, option_a, option_b, option_c, option_d, answer,
    verdict, writer, domain, split, template
FROM qa_all WHERE is_current;

CREATE OR REPLACE VIEW qa_evidence AS
SELECT qa_id, e."role" AS role, e.fact_id AS fact_id
FROM (SELECT qa_id, unnest(evidence) AS e FROM qa_all WHERE is_current);

CREATE OR REPLACE VIEW export_files AS
SELECT path, layout, split, sha256, size_bytes, questions FROM raw_training_export
WHERE artifact_id IN (SELECT artifact_id FROM current_artifacts);
