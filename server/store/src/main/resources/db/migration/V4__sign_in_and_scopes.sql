-- Who may sign in, by which address, and which token may do what.
ALTER TABLE account ADD COLUMN email TEXT;
ALTER TABLE account ADD COLUMN administrator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN suspended_at_ms BIGINT;

-- One mailbox is one account; those without one are not compared.
CREATE UNIQUE INDEX account_by_email ON account (email);

-- The account that the operator began with.
UPDATE account SET administrator = 1 WHERE created_at_ms = (SELECT MIN(created_at_ms) FROM account);

-- Sessions of browsers are tokens too. Scopes are names joined by commas; * is all, also those to come.
ALTER TABLE api_token ADD COLUMN kind TEXT NOT NULL DEFAULT 'key';
ALTER TABLE api_token ADD COLUMN scopes TEXT NOT NULL DEFAULT '*';
ALTER TABLE api_token ADD COLUMN expires_at_ms BIGINT;
ALTER TABLE api_token ADD COLUMN last_used_at_ms BIGINT;

CREATE INDEX api_token_by_account ON api_token (account_id, created_at_ms);
CREATE INDEX api_token_by_expiry ON api_token (expires_at_ms);

-- Codes that were mailed, one at a time for an address. It need not belong to an account yet, and has a row either way.
CREATE TABLE sign_in_code (
    email         TEXT    NOT NULL PRIMARY KEY,
    code_hmac     TEXT    NOT NULL,
    link_sha256   TEXT    NOT NULL UNIQUE,
    tries_left    INTEGER NOT NULL,
    created_at_ms BIGINT  NOT NULL,
    expires_at_ms BIGINT  NOT NULL
);

-- How often something was tried in a while: by address, network or account, which are hashed into the subject.
CREATE TABLE sign_in_attempt (
    subject              TEXT    NOT NULL PRIMARY KEY,
    window_started_at_ms BIGINT  NOT NULL,
    attempts             INTEGER NOT NULL
);

-- The authenticator app of an account. The last step that was used, and those before it, open nothing any more.
CREATE TABLE second_factor (
    account_id      TEXT   NOT NULL PRIMARY KEY REFERENCES account (account_id),
    sealed_secret   TEXT   NOT NULL,
    created_at_ms   BIGINT NOT NULL,
    confirmed_at_ms BIGINT,
    last_step       BIGINT NOT NULL
);

-- Sign-ins of which the first factor was right and the second is to come.
CREATE TABLE mfa_challenge (
    sha256        TEXT    NOT NULL PRIMARY KEY,
    account_id    TEXT    NOT NULL REFERENCES account (account_id),
    tries_left    INTEGER NOT NULL,
    created_at_ms BIGINT  NOT NULL,
    expires_at_ms BIGINT  NOT NULL
);
