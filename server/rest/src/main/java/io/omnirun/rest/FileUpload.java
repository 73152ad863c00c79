package io.omnirun.rest;

import io.omnirun.http.RefusedBodyException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /sandboxes/{id}/files} on its way into a guest. When {@code path} and
 * {@code user} stand before {@code content}, that goes through as it arrives; else it is kept until
 * they are known. Nothing is written of a body that turns out broken. Used once, by one thread.
 */
final class FileUpload {
  /** Where the content goes. */
  @FunctionalInterface
  interface Target {
    /** Writes a file; throws what {@code content} throws, or something with that as a cause. */
    void write(String path, String user, InputStream content);
  }

  /** What was written. */
  record Written(String path, long sizeBytes) {}

  /** Long enough to tell a path that is too long from JSON that is. */
  private static final int MAX_TEXT_BYTES = 64 * 1024;

  private final JsonObjectReader fields;
  private final Target target;
  private final Runnable beforeKeeping;
  private final SpoolFiles spoolFiles;
  private @Nullable String path;
  private @Nullable String user;
  private long sizeBytes;

  /**
   * @param beforeKeeping runs before up to {@link ContentSpool#MEMORY_BYTES} are kept; may refuse
   */
  FileUpload(InputStream body, Target target, Runnable beforeKeeping, SpoolFiles spoolFiles) {
    this.fields = new JsonObjectReader(body);
    this.target = target;
    this.beforeKeeping = beforeKeeping;
    this.spoolFiles = spoolFiles;
  }

  /**
   * Reads the body and writes the file; blocks for client and guest.
   *
   * @throws io.omnirun.http.RefusedBodyException if the body is not as it must be
   */
  Written perform() throws IOException {
    Optional<JsonText> content = readUntilContent();
    if (content.isEmpty()) {
      throw missing("content");
    }
    if (path != null && user != null) {
      writeThrough(path, user, content.get());
    } else {
      writeKept(content.get());
    }
    return new Written(requirePath(), sizeBytes);
  }

  /** Empty if the object ended without one. */
  private Optional<JsonText> readUntilContent() throws IOException {
    Optional<String> name = fields.nextName();
    while (name.isPresent()) {
      if (name.get().equals("content")) {
        Optional<JsonText> content = fields.openText("content");
        if (content.isPresent()) {
          return content;
        }
      } else {
        readOther(name.get());
      }
      name = fields.nextName();
    }
    return Optional.empty();
  }

  private void readOther(String name) throws IOException {
    switch (name) {
      case "path" ->
          path = fields.text(name, MAX_TEXT_BYTES).map(GuestNames::filePath).orElse(null);
      case "user" -> user = fields.text(name, MAX_TEXT_BYTES).map(GuestNames::user).orElse(null);
      default -> fields.skip();
    }
  }

  /** What stands behind the content. */
  private void readRest() throws IOException {
    Optional<String> name = fields.nextName();
    while (name.isPresent()) {
      readOther(name.get());
      name = fields.nextName();
    }
  }

  private void writeThrough(String knownPath, String knownUser, JsonText text) throws IOException {
    ContentStream content = new ContentStream(text::read, this::readRest);
    CheckedWrite.perform(target, new FileTarget(knownPath, knownUser), content);
    sizeBytes = content.sizeBytes();
  }

  private void writeKept(JsonText text) throws IOException {
    beforeKeeping.run();
    ContentStream content = new ContentStream(text::read, this::readRest);
    try (ContentSpool spool = ContentSpool.fill(content, spoolFiles)) {
      sizeBytes = content.sizeBytes();
      target.write(requirePath(), user == null ? GuestNames.DEFAULT_USER : user, spool.open());
    }
  }

  private String requirePath() throws RefusedBodyException {
    if (path == null) {
      throw missing("path");
    }
    return path;
  }

  private static RefusedBodyException missing(String field) {
    return new RefusedBodyException(
        InvalidRequest.because("field \"%s\" is missing; a string is expected".formatted(field)));
  }
}
