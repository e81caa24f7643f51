-- Hands are tracks with a side and contacts. Tracks that were indexed before keep nulls until they are computed anew.

ALTER TABLE raw_tracks ADD COLUMN side VARCHAR;
ALTER TABLE raw_tracks ADD COLUMN contacts
    STRUCT(track_id VARCHAR, start_s DOUBLE, end_s DOUBLE, samples INTEGER)[];
