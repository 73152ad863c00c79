-- Ports of sandboxes on the web. That the time of one has passed stands nowhere: own_end_ms says it. The end of its sandbox
-- is not in there, for it moves: when it comes, its transaction stops the exposures. over_at_ms is when one is over at the
-- latest, or when it was stopped. While reserved_slug is there no other account gets the slug; the account takes it over for
-- another exposure once this one is over.
CREATE TABLE exposure (
    exposure_id         TEXT    NOT NULL PRIMARY KEY,
    account_id          TEXT    NOT NULL REFERENCES account (account_id),
    sandbox_id          TEXT    NOT NULL REFERENCES sandbox (sandbox_id),
    port                INTEGER NOT NULL,
    slug                TEXT    NOT NULL,
    reserved_slug       TEXT    UNIQUE,
    visibility          TEXT    NOT NULL,
    status              TEXT    NOT NULL,
    token_sha256        TEXT,
    open_path           TEXT    NOT NULL,
    preserve_host       INTEGER NOT NULL,
    created_at_ms       BIGINT  NOT NULL,
    created_by          TEXT    NOT NULL,
    own_end_ms          BIGINT  NOT NULL,
    over_at_ms          BIGINT  NOT NULL,
    last_accessed_at_ms BIGINT
);

-- What lists, limits and a sandbox's end look for.
CREATE INDEX exposure_by_account ON exposure (account_id, sandbox_id, created_at_ms);
-- What is forgotten.
CREATE INDEX exposure_by_end ON exposure (over_at_ms);
