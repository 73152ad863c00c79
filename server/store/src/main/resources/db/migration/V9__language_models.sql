-- How much of language models somebody may use up in a period: 'account', 'token:<id>' or 'sandbox:<id>'. NULL: any.
CREATE TABLE llm_cap (
    account_id  TEXT   NOT NULL REFERENCES account (account_id),
    subject     TEXT   NOT NULL,
    picodollars BIGINT,
    tokens      BIGINT,
    period      TEXT   NOT NULL,
    PRIMARY KEY (account_id, subject)
);

-- What is spent in the period that begins on a day.
CREATE TABLE llm_spent (
    account_id   TEXT   NOT NULL REFERENCES account (account_id),
    subject      TEXT   NOT NULL,
    period_start TEXT   NOT NULL,
    picodollars  BIGINT NOT NULL,
    tokens       BIGINT NOT NULL,
    PRIMARY KEY (account_id, subject, period_start)
);

-- What nodes have taken out to spend. With what is spent it never exceeds the cap.
CREATE TABLE llm_taken (
    account_id   TEXT   NOT NULL REFERENCES account (account_id),
    subject      TEXT   NOT NULL,
    period_start TEXT   NOT NULL,
    node_id      TEXT   NOT NULL,
    picodollars  BIGINT NOT NULL,
    tokens       BIGINT NOT NULL,
    PRIMARY KEY (account_id, subject, period_start, node_id)
);

CREATE INDEX llm_taken_by_node ON llm_taken (node_id);

-- The last batch of bookings of each node: the same again is not booked again.
CREATE TABLE llm_batch (
    node_id  TEXT NOT NULL PRIMARY KEY,
    batch_id TEXT NOT NULL
);

-- What the calls of a day have used up. No token or sandbox: the empty text.
CREATE TABLE llm_usage (
    account_id         TEXT   NOT NULL REFERENCES account (account_id),
    day                TEXT   NOT NULL,
    model              TEXT   NOT NULL,
    token_id           TEXT   NOT NULL,
    sandbox_id         TEXT   NOT NULL,
    calls              BIGINT NOT NULL,
    estimated_calls    BIGINT NOT NULL,
    prompt_tokens      BIGINT NOT NULL,
    cached_tokens      BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    completion_tokens  BIGINT NOT NULL,
    reasoning_tokens   BIGINT NOT NULL,
    picodollars        BIGINT NOT NULL,
    PRIMARY KEY (account_id, day, model, token_id, sandbox_id)
);
