-- What a receipt's seconds were spent on, and what was counted besides its rows.

ALTER TABLE raw_receipts ADD COLUMN timing JSON DEFAULT '{}';
ALTER TABLE raw_receipts ADD COLUMN counts JSON DEFAULT '{}';
