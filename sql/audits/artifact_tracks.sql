-- The tracks of a `tracks` artifact.
-- SET VARIABLE tracks_artifact_id = '320a38db933c611f0ee6'; .read sql/audits/artifact_tracks.sql
SELECT track_id, clip_id, class, class_share, colour, start_s, end_s, frames, observed, gaps, mean_score, side
FROM raw_tracks
WHERE artifact_id = getvariable('tracks_artifact_id')
ORDER BY track_id;
