-- What a caller has chosen for a sandbox, and how it ended. Flags are 0 or 1.
ALTER TABLE sandbox ADD COLUMN timeout_s BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN auto_pause INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN secure INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN mask_request_host TEXT;
ALTER TABLE sandbox ADD COLUMN end_reason TEXT;

UPDATE sandbox SET timeout_s = (deadline_at_ms - started_at_ms) / 1000 WHERE deadline_at_ms IS NOT NULL;
UPDATE sandbox SET end_reason = state WHERE state IN ('killed', 'failed');

-- The history of an account, newest first.
CREATE INDEX sandbox_by_account_and_end ON sandbox (account_id, ended_at_ms, sandbox_id);
