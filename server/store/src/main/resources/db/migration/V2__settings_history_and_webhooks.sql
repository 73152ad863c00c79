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

-- Where accounts want to be told of events. The node that made a webhook delivers to it: its secret seals the webhook's.
CREATE TABLE webhook (
    webhook_id        TEXT   NOT NULL PRIMARY KEY,
    account_id        TEXT   NOT NULL REFERENCES account (account_id),
    node_id           TEXT   NOT NULL,
    url               TEXT   NOT NULL,
    events            TEXT   NOT NULL,
    sealed_secret     TEXT   NOT NULL,
    created_at_ms     BIGINT NOT NULL,
    failed_deliveries BIGINT NOT NULL,
    last_error        TEXT
);

CREATE INDEX webhook_by_account ON webhook (account_id, created_at_ms);

-- Events on their way. No foreign key to webhook: one that is deleted at this moment must not fail a sandbox's change.
CREATE TABLE webhook_delivery (
    webhook_id         TEXT    NOT NULL,
    event_id           TEXT    NOT NULL,
    account_id         TEXT    NOT NULL REFERENCES account (account_id),
    node_id            TEXT    NOT NULL,
    event              TEXT    NOT NULL,
    body               TEXT    NOT NULL,
    created_at_ms      BIGINT  NOT NULL,
    next_attempt_at_ms BIGINT  NOT NULL,
    attempts           INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, event_id)
);

CREATE INDEX webhook_delivery_by_time ON webhook_delivery (node_id, next_attempt_at_ms);
