package io.omnirun.core.ports;

/**
 * What is stored of an API token; its text never is.
 *
 * @param id names the token without being one
 * @param name shown to people
 * @param sha256 of the token's text, 64 hexadecimal digits
 */
public record StoredToken(String id, String name, String sha256) {
  /** Leaves the hash out: it is nobody's business. */
  @Override
  public String toString() {
    return "StoredToken[" + id + "]";
  }
}
