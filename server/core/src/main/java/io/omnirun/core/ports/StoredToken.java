package io.omnirun.core.ports;

import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Instant;
import java.util.Optional;

/**
 * What is stored of an API token; its text never is.
 *
 * @param id names the token without being one
 * @param name shown to people
 * @param sha256 of the token's text, 64 hexadecimal digits
 * @param expiresAt from then on it opens nothing; empty: never
 */
public record StoredToken(
    TokenId id,
    TokenKind kind,
    String name,
    String sha256,
    Scopes scopes,
    Optional<Instant> expiresAt) {
  /** A key that may do everything, for ever. */
  public StoredToken(TokenId id, String name, String sha256) {
    this(id, TokenKind.KEY, name, sha256, Scopes.EVERYTHING, Optional.empty());
  }

  /** Leaves the hash out: it is nobody's business. */
  @Override
  public String toString() {
    return "StoredToken[" + id + "]";
  }
}
