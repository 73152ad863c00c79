package io.omnirun.machine;

import java.io.IOException;
import java.nio.file.FileSystemException;
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
        .map(HostDetailException::words)
        .distinct()
        .collect(Collectors.joining("; "));
  }

  /** Some say only by their class what has failed, and of a file system's the message is a path. */
  private static String words(Throwable cause) {
    String message = cause.getMessage();
    return message == null || cause instanceof FileSystemException ? cause.toString() : message;
  }
}
