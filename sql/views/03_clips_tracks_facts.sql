-- Clips, tracks and facts. `*_all` holds superseded rows too, with their artifact.

CREATE OR REPLACE VIEW clips_all AS SELECT *, artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current FROM raw_filtered_clips;
CREATE OR REPLACE VIEW clips AS
SELECT clip_id, video_id, start_s, end_s, camera_score, camera_verdict, frame_of_reference, status, reason, width,
    height, camera_mean_dt, camera_mean_dr, camera_max_dt, camera_max_dr
FROM clips_all WHERE is_current;

CREATE OR REPLACE VIEW tracks_all AS SELECT *, artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current FROM raw_tracks;
CREATE OR REPLACE VIEW tracks AS
SELECT track_id, clip_id, class, start_s, end_s, frames, mean_score, parent_track_id, colour, observed, gaps,
    frame_of_reference, side
FROM tracks_all WHERE is_current;

-- One row per interval in which a hand touches another track; `t0` and `t1` in seconds from the clip's start.
CREATE OR REPLACE VIEW contacts AS
SELECT clip_id, hand_track_id, contact.track_id AS track_id, contact.start_s AS t0, contact.end_s AS t1,
    contact.samples AS samples
FROM (SELECT clip_id, track_id AS hand_track_id, unnest(contacts) AS contact FROM tracks_all WHERE is_current);

CREATE OR REPLACE VIEW facts_all AS SELECT *, artifact_id IN (SELECT artifact_id FROM current_artifacts) AS is_current FROM raw_motion_scores;
CREATE OR REPLACE VIEW facts AS
SELECT fact_id, clip_id, kind, subject_track_id, object_track_id, t0, t1, value, unit, margin, confidence,
    frame_of_reference, number, frame0, frame1
FROM facts_all WHERE is_current;
