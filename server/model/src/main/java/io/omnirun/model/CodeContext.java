package io.omnirun.model;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A place in a sandbox where code is executed piece by piece and finds what the pieces before have
 * left.
 *
 * @param id unique within the sandbox
 * @param language as the interpreter calls it
 * @param cwd where its code began
 */
public record CodeContext(String id, String language, String cwd, Instant createdAt) {
  /** It is put into paths: an interpreter's are UUIDs. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Whether a text has the form of a context's id. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }
}
