-- Whether a sandbox was given its account's credentials. Such a one is not ended for being idle.
ALTER TABLE sandbox ADD COLUMN vault_inject INTEGER NOT NULL DEFAULT 0;

-- The key of a vault is random and stored under the master key, which is in no database.
CREATE TABLE vault (
    account_id    TEXT   NOT NULL PRIMARY KEY REFERENCES account (account_id),
    vault_id      TEXT   NOT NULL,
    master_key    TEXT   NOT NULL,
    wrapped_key   TEXT   NOT NULL,
    last_version  BIGINT NOT NULL,
    created_at_ms BIGINT NOT NULL
);

-- What a rotation of the master key must wrap anew.
CREATE INDEX vault_by_master_key ON vault (master_key);

-- Names are in the clear, values never. The size is what the account's limit counts.
CREATE TABLE vault_credential (
    account_id    TEXT    NOT NULL REFERENCES vault (account_id),
    name          TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    size_bytes    INTEGER NOT NULL,
    sealed_value  TEXT    NOT NULL,
    updated_at_ms BIGINT  NOT NULL,
    PRIMARY KEY (account_id, name)
);

-- The one master key that wraps new vaults, with a text that only it unwraps. It is the server's, no account's.
CREATE TABLE vault_master_key (
    only_one   INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    master_key TEXT    NOT NULL,
    canary     TEXT    NOT NULL
);

-- Who did what. Ids grow with time, so that their order is that of the list. Rows are inserted, and removed when they
-- are old; no statement changes one. They outlive what they tell of, the account included: no foreign key. Without an
-- account (somebody unknown wanted in) only the administrator sees one.
CREATE TABLE audit_entry (
    audit_id   TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT,
    at_ms      BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    address    TEXT,
    action     TEXT   NOT NULL,
    resource   TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    detail     TEXT
);

CREATE INDEX audit_entry_by_account ON audit_entry (account_id, audit_id);
