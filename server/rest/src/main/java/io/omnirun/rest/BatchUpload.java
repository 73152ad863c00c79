package io.omnirun.rest;

import io.omnirun.http.RefusedBodyException;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Several text files in one body. It is kept until all of it has been found to be in order: so
 * nothing is written of a body that is not. What the guest refuses in the middle does not undo what
 * it has taken. Used once, by one thread.
 */
final class BatchUpload {
  static final int MAX_FILES = 1_000;

  /** Long enough to tell a path that is too long from JSON that is. */
  private static final int MAX_TEXT_BYTES = 64 * 1024;

  private static final int CHUNK_BYTES = 16 * 1024;

  private final FileUpload.Target target;
  private final byte[] discarded = new byte[CHUNK_BYTES];

  BatchUpload(FileUpload.Target target) {
    this.target = target;
  }

  /**
   * Checks all of the body and writes its files; blocks for client and guest.
   *
   * @throws RefusedBodyException if the body is not as it must be
   */
  List<FileUpload.Written> perform(InputStream body, SpoolFiles spoolFiles) throws IOException {
    try (ContentSpool spool = ContentSpool.fill(body, spoolFiles)) {
      List<FileTarget> targets = check(spool.open());
      return write(spool.open(), targets);
    }
  }

  private List<FileTarget> check(InputStream body) throws IOException {
    JsonArrayReader array = new JsonArrayReader(body);
    List<FileTarget> targets = new ArrayList<>();
    Optional<JsonObjectReader> file = array.next();
    while (file.isPresent()) {
      if (targets.size() == MAX_FILES) {
        throw refused("there are more than %,d files".formatted(MAX_FILES));
      }
      targets.add(checkFile(file.get(), targets.size()));
      file = array.next();
    }
    return targets;
  }

  private FileTarget checkFile(JsonObjectReader fields, int index) throws IOException {
    String path = null;
    String user = GuestNames.DEFAULT_USER;
    boolean hasContent = false;
    Optional<String> name = fields.nextName();
    while (name.isPresent()) {
      switch (name.get()) {
        case "path" -> path = pathOrNull(fields);
        case "user" ->
            user = fields.text("user", MAX_TEXT_BYTES).map(GuestNames::user).orElse(user);
        case "content" -> hasContent = isText(fields);
        default -> fields.skip();
      }
      name = fields.nextName();
    }
    if (path == null || !hasContent) {
      String missing = path == null ? "path" : "content";
      throw refused("field \"[%d].%s\" is missing; a string is expected".formatted(index, missing));
    }
    return new FileTarget(path, user);
  }

  private static @Nullable String pathOrNull(JsonObjectReader fields) throws IOException {
    return fields.text("path", MAX_TEXT_BYTES).map(GuestNames::filePath).orElse(null);
  }

  private boolean isText(JsonObjectReader fields) throws IOException {
    Optional<JsonText> text = fields.openText("content");
    if (text.isPresent()) {
      int count = 0;
      while (count >= 0) {
        count = text.get().read(discarded, 0, discarded.length);
      }
    }
    return text.isPresent();
  }

  private List<FileUpload.Written> write(InputStream body, List<FileTarget> targets)
      throws IOException {
    JsonArrayReader array = new JsonArrayReader(body);
    List<FileUpload.Written> written = new ArrayList<>();
    for (FileTarget where : targets) {
      JsonObjectReader fields = array.next().orElseThrow();
      try {
        written.add(new FileUpload.Written(where.path(), writeFile(fields, where)));
      } catch (OmniRunException e) {
        throw new OmniRunException(
            e.code(),
            "file %d of %d, %s: %s; those before it are written"
                .formatted(written.size() + 1, targets.size(), where.path(), e.getMessage()),
            e);
      }
    }
    return written;
  }

  private long writeFile(JsonObjectReader fields, FileTarget where) throws IOException {
    long sizeBytes = 0;
    Optional<String> name = fields.nextName();
    while (name.isPresent()) {
      if (name.get().equals("content")) {
        JsonText text = fields.openText("content").orElseThrow();
        ContentStream content = new ContentStream(text::read, () -> {});
        CheckedWrite.perform(target, where, content);
        sizeBytes = content.sizeBytes();
      } else {
        fields.skip();
      }
      name = fields.nextName();
    }
    return sizeBytes;
  }

  private static RefusedBodyException refused(String message) {
    return new RefusedBodyException(InvalidRequest.because(message));
  }
}
