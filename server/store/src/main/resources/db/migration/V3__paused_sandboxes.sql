-- How many sandboxes an account may have paused: they take disk, and nothing else.
ALTER TABLE account ADD COLUMN max_paused_sandboxes INTEGER NOT NULL DEFAULT 10;
