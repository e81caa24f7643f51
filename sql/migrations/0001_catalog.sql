-- The catalog: an index of the lake. It can be deleted and rebuilt from the lake at any time.

CREATE TABLE registered_videos (
    video_id VARCHAR PRIMARY KEY,
    sha256 VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,
    domain VARCHAR NOT NULL,
    licence VARCHAR NOT NULL,
    path VARCHAR NOT NULL,         -- a path that held the bytes when they were last seen
    superseded_by VARCHAR NOT NULL -- the video whose bytes now lie at that path; empty while current
);

CREATE TABLE registered_paths (path VARCHAR PRIMARY KEY, video_id VARCHAR NOT NULL, size_bytes BIGINT NOT NULL);

CREATE TABLE seen_heads (name VARCHAR PRIMARY KEY, stamp VARCHAR NOT NULL);

CREATE TABLE heads (
    stage VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,
    video_id VARCHAR NOT NULL,
    artifact_id VARCHAR NOT NULL,
    PRIMARY KEY (stage, video_id)
);

CREATE TABLE raw_producers (
    producer_id VARCHAR PRIMARY KEY,
    stage VARCHAR NOT NULL,
    logic_version VARCHAR NOT NULL,
    parameters JSON NOT NULL,
    libraries JSON NOT NULL,
    weights JSON NOT NULL
);

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
    cost_usd DOUBLE NOT NULL
);

CREATE TABLE raw_artifact_inputs (
    artifact_id VARCHAR NOT NULL,
    input_stage VARCHAR NOT NULL,
    input_artifact_id VARCHAR NOT NULL,
    data_version VARCHAR NOT NULL
);

CREATE TABLE raw_source_videos (
    artifact_id VARCHAR NOT NULL, video_id VARCHAR NOT NULL, sha256 VARCHAR, size_bytes BIGINT, container VARCHAR,
    codec VARCHAR, width INTEGER, height INTEGER, rotation INTEGER, fps DOUBLE, duration_s DOUBLE, frames BIGINT,
    variable_fps BOOLEAN, has_audio BOOLEAN, domain VARCHAR, licence VARCHAR
);

CREATE TABLE raw_filtered_clips (
    artifact_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, video_id VARCHAR NOT NULL, start_s DOUBLE, end_s DOUBLE,
    width INTEGER, height INTEGER, camera_score DOUBLE, camera_mean_dt DOUBLE, camera_mean_dr DOUBLE,
    camera_max_dt DOUBLE, camera_max_dr DOUBLE, camera_verdict VARCHAR, frame_of_reference VARCHAR, status VARCHAR,
    reason VARCHAR
);

CREATE TABLE raw_tracks (
    artifact_id VARCHAR NOT NULL, track_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, class VARCHAR,
    class_share DOUBLE, colour VARCHAR, colour_share DOUBLE, start_s DOUBLE, end_s DOUBLE, frames INTEGER,
    observed INTEGER, gaps INTEGER, mean_score DOUBLE, parent_track_id VARCHAR, frame_of_reference VARCHAR
);

CREATE TABLE raw_motion_scores (
    artifact_id VARCHAR NOT NULL, fact_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, kind VARCHAR,
    subject_track_id VARCHAR, object_track_id VARCHAR, t0 DOUBLE, t1 DOUBLE, value VARCHAR, number DOUBLE,
    unit VARCHAR, margin DOUBLE, confidence DOUBLE, frame_of_reference VARCHAR, frame0 INTEGER, frame1 INTEGER
);

CREATE TABLE raw_captions (
    artifact_id VARCHAR NOT NULL, caption_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, writer VARCHAR, text VARCHAR,
    sentences STRUCT(section VARCHAR, "text" VARCHAR, verdict VARCHAR, fact_ids VARCHAR[])[]
);

CREATE TABLE raw_qa_pairs (
    artifact_id VARCHAR NOT NULL, qa_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, category VARCHAR,
    what_how VARCHAR, difficulty VARCHAR, template VARCHAR, question VARCHAR, option_a VARCHAR, option_b VARCHAR,
    option_c VARCHAR, option_d VARCHAR, answer VARCHAR, verdict VARCHAR, writer VARCHAR,
    evidence STRUCT("role" VARCHAR, fact_id VARCHAR)[]
);

CREATE TABLE raw_benchmark_splits (
    artifact_id VARCHAR NOT NULL, qa_id VARCHAR NOT NULL, clip_id VARCHAR NOT NULL, video_id VARCHAR NOT NULL,
    group_id VARCHAR, split VARCHAR, domain VARCHAR, reason VARCHAR
);

CREATE TABLE raw_training_export (
    artifact_id VARCHAR NOT NULL, path VARCHAR, layout VARCHAR, split VARCHAR, sha256 VARCHAR, size_bytes BIGINT,
    questions BIGINT
);
