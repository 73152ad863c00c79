package io.omnirun.store;

/**
 * Which database to open.
 *
 * @param url {@code sqlite:/path/omnirun.db} with an absolute path, or {@code
 *     postgresql://user:password@host:port/database} with percent-encoding where user, password or
 *     database need it, and 5432 if there is no port
 */
public record DatabaseConfig(String url) {
  /** Leaves the url out: it may hold a password. */
  @Override
  public String toString() {
    return "DatabaseConfig[]";
  }
}
