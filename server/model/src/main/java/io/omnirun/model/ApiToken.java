package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What may be shown of a token; its text is stored nowhere.
 *
 * @param name shown to people
 * @param expiresAt from then on it opens nothing; empty: never
 * @param lastUsedAt at most a minute old when it is in use; empty: never used
 */
public record ApiToken(
    TokenId id,
    AccountId account,
    TokenKind kind,
    String name,
    Scopes scopes,
    Instant createdAt,
    Optional<Instant> expiresAt,
    Optional<Instant> lastUsedAt) {}
