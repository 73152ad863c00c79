-- How many sandboxes an account may have paused: they take disk, and nothing else.
ALTER TABLE account ADD COLUMN max_paused_sandboxes INTEGER NOT NULL DEFAULT 10;

-- The life that a sandbox was given, which a resume gives it anew, and whether its deadline pauses it. Flags are 0 or 1.
ALTER TABLE sandbox ADD COLUMN timeout_s BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sandbox ADD COLUMN auto_pause INTEGER NOT NULL DEFAULT 0;

UPDATE sandbox SET timeout_s = (deadline_at_ms - started_at_ms) / 1000 WHERE deadline_at_ms IS NOT NULL;
