package io.omnirun.machine;

import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a program of the host said, in its own words, which may name the host's files: for operators
 * alone, as the cause of what callers are told.
 */
public final class HostDetailException extends IOException {
  private static final long serialVersionUID = 1L;

  public HostDetailException(String words) {
    super(words);
  }

  public HostDetailException(String words, Throwable cause) {
    super(words, cause);
  }

  /** A failure with all that lies below it, in one line for an operator. */
  public static String inFull(Throwable failure) {
    return Stream.iterate(failure, cause -> cause != null, Throwable::getCause)
        .map(cause -> String.valueOf(cause.getMessage()))
        .distinct()
        .collect(Collectors.joining("; "));
  }
}
