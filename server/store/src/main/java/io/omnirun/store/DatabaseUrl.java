package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Reads the url of a database. No failure repeats a part of a PostgreSQL url: any part of a
 * mistyped one may be the password.
 */
final class DatabaseUrl {
  private static final String SQLITE_PREFIX = "sqlite:";
  private static final String POSTGRESQL_PREFIX = "postgresql:";
  private static final int DEFAULT_POSTGRESQL_PORT = 5432;
  private static final int MAX_PORT = 65_535;

  private DatabaseUrl() {}

  /**
   * The engine that a url names; nothing is opened yet.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if the url has neither form
   */
  static Engine parse(String url) {
    if (url.startsWith(SQLITE_PREFIX)) {
      return sqlite(url.substring(SQLITE_PREFIX.length()));
    }
    if (url.startsWith(POSTGRESQL_PREFIX)) {
      return postgresql(url);
    }
    throw invalid("it must begin with sqlite: or postgresql:");
  }

  private static SqliteEngine sqlite(String path) {
    // The driver would read what follows a question mark as settings.
    if (!path.startsWith("/") || path.contains("?")) {
      throw invalid("after sqlite: it needs an absolute path without a question mark");
    }
    try {
      return new SqliteEngine(Path.of(path).normalize());
    } catch (InvalidPathException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "the database url is not valid: after sqlite: it needs a path",
          e);
    }
  }

  private static PostgresqlEngine postgresql(String url) {
    URI uri = parsed(url);
    String[] userInfo = textOf(uri.getRawUserInfo()).split(":", 2);
    String database = textOf(uri.getRawPath()).replaceFirst("^/", "");
    if (uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > MAX_PORT) {
      throw invalid("it names no host, or no host and port that can exist");
    }
    if (userInfo.length != 2 || userInfo[0].isEmpty() || userInfo[1].isEmpty()) {
      throw invalid("it needs user:password@ before the host");
    }
    if (database.isEmpty() || database.contains("/")) {
      throw invalid("it needs the name of one database after the host");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw invalid("it takes nothing after the name of the database");
    }
    return new PostgresqlEngine(
        uri.getHost(),
        uri.getPort() < 0 ? DEFAULT_POSTGRESQL_PORT : uri.getPort(),
        decoded(database),
        decoded(userInfo[0]),
        decoded(userInfo[1]));
  }

  /** The cause is dropped with intent: the exception quotes the url, password and all. */
  @SuppressWarnings("UnusedException")
  private static URI parsed(String url) {
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      throw invalid("special characters in it must be percent-encoded");
    }
  }

  private static String textOf(@Nullable String part) {
    return part == null ? "" : part;
  }

  private static String decoded(String part) {
    // A plus sign means itself in these parts of a url; only forms use it for a space.
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static OmniRunException invalid(String reason) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID, "the database url is not valid: " + reason);
  }
}
