-- One SQL for SQLite and PostgreSQL: ids, names and JSON are TEXT, times BIGINT milliseconds since the epoch.
-- Every table has account_id: no row belongs to nobody.

CREATE TABLE account (
    account_id               TEXT    NOT NULL PRIMARY KEY,
    name                     TEXT    NOT NULL,
    max_concurrent_sandboxes INTEGER NOT NULL,
    created_at_ms            BIGINT  NOT NULL
);

-- A token is known by its hash alone; its text is stored nowhere.
CREATE TABLE api_token (
    token_id      TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES account (account_id),
    name          TEXT   NOT NULL,
    sha256        TEXT   NOT NULL UNIQUE,
    created_at_ms BIGINT NOT NULL
);

-- A sandbox lives and ends on the node that made it: node_id is that state directory's, no host name.
-- The states have no CHECK: SQLite cannot change one later without a copy of the table.
CREATE TABLE sandbox (
    sandbox_id     TEXT    NOT NULL PRIMARY KEY,
    account_id     TEXT    NOT NULL REFERENCES account (account_id),
    node_id        TEXT    NOT NULL,
    template       TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    vcpus          INTEGER NOT NULL,
    memory_mib     INTEGER NOT NULL,
    machine_id     TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    started_at_ms  BIGINT  NOT NULL,
    deadline_at_ms BIGINT,
    ended_at_ms    BIGINT,
    failure_reason TEXT
);

-- Counting what an account runs, and listing it oldest first.
CREATE INDEX sandbox_by_account_and_state ON sandbox (account_id, state, started_at_ms);

-- What a starting node must find; the history of finished sandboxes stays out of it.
CREATE INDEX sandbox_by_node_and_state ON sandbox (node_id, state, started_at_ms);
