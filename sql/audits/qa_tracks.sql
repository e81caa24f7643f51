-- The tracks that a question's facts are about, as they were when the question was made.
-- Parameters: $tracks (ids), $artifact_id (the tracks artifact of the chain).
SELECT track_id, class, class_share, colour, start_s, end_s, frames, observed, gaps, mean_score
FROM raw_tracks
WHERE artifact_id = $artifact_id AND track_id IN (SELECT unnest($tracks))
ORDER BY track_id;
