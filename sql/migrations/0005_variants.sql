-- Which artifact a variant holds beside main's. Stages that a variant shares with main have no rows here.

CREATE TABLE variant_heads (
    variant VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    batch VARCHAR NOT NULL,
    video_id VARCHAR NOT NULL,
    artifact_id VARCHAR NOT NULL,
    PRIMARY KEY (variant, stage, video_id)
);
