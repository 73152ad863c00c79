package io.omnirun.rest;

import io.omnirun.http.FormPart;
import io.omnirun.http.MultipartForm;
import io.omnirun.http.RefusedBodyException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A form with a file on its way into a guest: parts {@code path}, {@code user} and {@code file}.
 * When {@code path} stands before {@code file}, that goes through as it arrives, and {@code user}
 * must stand before it, too; else it is kept until they are known. Nothing is written of a form
 * that turns out broken. Used once, by one thread.
 */
final class FormUpload {
  /** Each is kept in the host's temporary directory. */
  static final long MAX_KEPT_BYTES = 128L * 1024 * 1024;

  /** Long enough to tell a path that is too long from a part that is none. */
  private static final int MAX_TEXT_BYTES = 64 * 1024;

  private final MultipartForm form;
  private final FileUpload.Target target;
  private final Runnable beforeKeeping;
  private final SpoolFiles spoolFiles;
  private @Nullable String path;
  private @Nullable String user;
  private boolean written;

  /**
   * @param beforeKeeping runs before up to {@link ContentSpool#MEMORY_BYTES} are kept; may refuse
   */
  FormUpload(
      MultipartForm form, FileUpload.Target target, Runnable beforeKeeping, SpoolFiles spoolFiles) {
    this.form = form;
    this.target = target;
    this.beforeKeeping = beforeKeeping;
    this.spoolFiles = spoolFiles;
  }

  /**
   * For a form that may leave out where it goes.
   *
   * @throws OmniRunException INVALID_REQUEST later on, if the form says something else
   */
  FormUpload to(FileTarget fixed) {
    this.path = fixed.path();
    this.user = fixed.user();
    return this;
  }

  /**
   * Reads the form and writes the file; blocks for client and guest.
   *
   * @throws RefusedBodyException if the form is not as it must be
   */
  FileUpload.Written perform() throws IOException {
    Optional<FormPart> part = form.next();
    while (part.isPresent()) {
      if (part.get().name().equals("file")) {
        return path == null ? writeKept(part.get()) : writeThrough(path, part.get());
      }
      readOther(part.get());
      part = form.next();
    }
    throw refused("the form has no part \"file\"");
  }

  private void readOther(FormPart part) throws IOException {
    switch (part.name()) {
      case "path" -> path = agreed(path, GuestNames.filePath(part.text(MAX_TEXT_BYTES)), "path");
      case "user" -> user = agreed(user, GuestNames.user(part.text(MAX_TEXT_BYTES)), "user");
      case "file" -> throw refused("the form has two parts \"file\"; send one form for each file");
      default -> {}
    }
  }

  private static String agreed(@Nullable String known, String sent, String name)
      throws RefusedBodyException {
    if (known != null && !known.equals(sent)) {
      throw refused("part \"%s\" says something else than was said before".formatted(name));
    }
    return sent;
  }

  /** What stands behind the file. */
  private void readRest() throws IOException {
    Optional<FormPart> part = form.next();
    while (part.isPresent()) {
      String userBefore = user;
      readOther(part.get());
      if (written && userBefore == null && user != null) {
        throw refused("part \"user\" must stand before part \"file\"");
      }
      part = form.next();
    }
  }

  private FileUpload.Written writeThrough(String knownPath, FormPart file) throws IOException {
    written = true;
    FileTarget where = new FileTarget(knownPath, user == null ? GuestNames.DEFAULT_USER : user);
    ContentStream content = new ContentStream(file.content()::read, this::readRest);
    CheckedWrite.perform(target, where, content);
    return new FileUpload.Written(knownPath, content.sizeBytes());
  }

  private FileUpload.Written writeKept(FormPart file) throws IOException {
    beforeKeeping.run();
    ContentStream content = new ContentStream(bounded(file.content()), this::readRest);
    try (ContentSpool spool = ContentSpool.fill(content, spoolFiles)) {
      String knownPath = path == null ? nameOf(file) : path;
      target.write(knownPath, user == null ? GuestNames.DEFAULT_USER : user, spool.open());
      return new FileUpload.Written(knownPath, content.sizeBytes());
    }
  }

  private static ContentStream.Source bounded(InputStream content) {
    long[] left = {MAX_KEPT_BYTES};
    return (bytes, offset, length) -> {
      int count = content.read(bytes, offset, length);
      left[0] -= Math.max(0, count);
      if (left[0] < 0) {
        throw new RefusedBodyException(
            new OmniRunException(
                ErrorCode.BODY_TOO_LARGE,
                "send part \"path\" before \"file\": behind it, at most %,d bytes are kept"
                    .formatted(MAX_KEPT_BYTES)));
      }
      return count;
    };
  }

  /** What the client calls the file, without the folders that are the client's own. */
  private static String nameOf(FormPart file) throws RefusedBodyException {
    String name = file.fileName().orElse("").replaceAll("^.*[/\\\\]", "");
    if (name.isEmpty() || name.equals(".")) {
      throw refused("the form has no part \"path\", and the file has no name");
    }
    return GuestNames.filePath("filename", name);
  }

  private static RefusedBodyException refused(String message) {
    return new RefusedBodyException(InvalidRequest.because(message));
  }
}
