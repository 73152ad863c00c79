package io.omnirun.rest;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;

/** Checks paths and users of a guest, as far as that goes from outside. */
final class GuestNames {
  /** Who runs commands and owns files when the caller names nobody. */
  static final String DEFAULT_USER = "root";

  /** Linux' PATH_MAX. */
  static final int MAX_PATH_BYTES = 4_096;

  /** Linux' useradd takes 32; directories of users take more. */
  static final int MAX_USER_LENGTH = 256;

  private GuestNames() {}

  /**
   * A file's path as it came; a relative one starts at the user's home.
   *
   * @throws OmniRunException INVALID_PATH; also for a segment {@code ..}, for what it leads to is
   *     not what it says
   */
  static String filePath(String path) {
    return filePath("path", path);
  }

  /** The same for a field of another name. */
  static String filePath(String field, String path) {
    path(field, path);
    for (String segment : path.split("/", -1)) {
      if (segment.equals("..")) {
        throw invalidPath(
            "\"%s\" must not have a segment \"..\"; send the resolved path".formatted(field));
      }
    }
    return path;
  }

  /** The last segment of a path, which is a file's name. */
  static String lastSegment(String path) {
    String trimmed = path.replaceAll("/+$", "");
    return trimmed.substring(trimmed.lastIndexOf('/') + 1);
  }

  /**
   * A directory to run a command in.
   *
   * @throws OmniRunException INVALID_PATH
   */
  static String workingDirectory(String path) {
    return path("cwd", path);
  }

  private static String path(String field, String path) {
    if (path.isEmpty() || path.indexOf('\0') >= 0) {
      throw invalidPath("\"%s\" must be a path: not empty, without NUL".formatted(field));
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw invalidPath(
          "\"%s\" has more than %,d bytes, which no path has".formatted(field, MAX_PATH_BYTES));
    }
    return path;
  }

  /**
   * A user's name; whether the guest has such a user only the guest knows.
   *
   * @throws OmniRunException INVALID_REQUEST if nobody can be called so
   */
  static String user(String name) {
    boolean possible =
        !name.isEmpty()
            && name.length() <= MAX_USER_LENGTH
            && name.chars().noneMatch(c -> c <= ' ' || c == ':' || c == '/' || c == 0x7F);
    if (!possible) {
      throw InvalidRequest.because(
          "field \"user\" must be a user's name: 1 to %d characters, no space, colon or slash"
              .formatted(MAX_USER_LENGTH));
    }
    return name;
  }

  private static OmniRunException invalidPath(String message) {
    return new OmniRunException(ErrorCode.INVALID_PATH, message);
  }
}
