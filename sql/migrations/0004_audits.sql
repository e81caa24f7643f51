-- What makes audits of a large corpus fast: inputs by video, lineages, and indexes on what is asked by name.
-- Receipts that were taken in before lack the new columns: all are read from the lake again.

DELETE FROM seen_heads;
DROP TABLE raw_receipts;
DROP TABLE raw_artifact_inputs;

CREATE TABLE raw_receipts (
    artifact_id VARCHAR PRIMARY KEY,
    stage VARCHAR NOT NULL,
    video_id VARCHAR NOT NULL,
    producer_id VARCHAR NOT NULL,
    data_version VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    started TIMESTAMP WITH TIME ZONE NOT NULL,
    seconds DOUBLE NOT NULL,
    rows BIGINT NOT NULL,
    cost_usd DOUBLE NOT NULL,
    timing JSON DEFAULT '{}',
    counts JSON DEFAULT '{}',
    lineage_id VARCHAR NOT NULL    -- names the set of producers that the artifact rests on
);

CREATE TABLE raw_artifact_inputs (
    artifact_id VARCHAR NOT NULL,
    video_id VARCHAR NOT NULL,     -- of the artifact that was made, or `corpus`
    input_stage VARCHAR NOT NULL,
    input_artifact_id VARCHAR NOT NULL,
    data_version VARCHAR NOT NULL
);

CREATE TABLE raw_lineages (
    lineage_id VARCHAR NOT NULL,
    producer_id VARCHAR NOT NULL,
    PRIMARY KEY (lineage_id, producer_id)
);

CREATE INDEX inputs_by_video ON raw_artifact_inputs (video_id);
CREATE INDEX receipts_by_video ON raw_receipts (video_id);
CREATE INDEX qa_by_id ON raw_qa_pairs (qa_id);
CREATE INDEX splits_by_qa ON raw_benchmark_splits (qa_id);
CREATE INDEX qa_by_artifact ON raw_qa_pairs (artifact_id);
CREATE INDEX facts_by_artifact ON raw_motion_scores (artifact_id);
CREATE INDEX heads_by_video ON heads (video_id);
