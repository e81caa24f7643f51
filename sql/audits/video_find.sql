-- Which videos' ids begin with a text?
-- SET VARIABLE beginning = 'pour-tea'; .read sql/audits/video_find.sql
SELECT video_id AS id
FROM registered_videos
WHERE starts_with(video_id, getvariable('beginning'))
ORDER BY id
LIMIT 9;
