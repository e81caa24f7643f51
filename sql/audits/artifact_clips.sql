-- The clips of a `filtered_clips` artifact.
-- SET VARIABLE clips_artifact_id = '320a38db933c611f0ee6'; .read sql/audits/artifact_clips.sql
SELECT * FROM raw_filtered_clips WHERE artifact_id = getvariable('clips_artifact_id') ORDER BY clip_id;
