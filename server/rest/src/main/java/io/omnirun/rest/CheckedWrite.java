package io.omnirun.rest;

import java.io.IOException;

/** Lets a target take all of a content, or throws why it has not. */
final class CheckedWrite {
  private CheckedWrite() {}

  /**
   * Writes a file; blocks for client and guest.
   *
   * @throws IOException what reading {@code content} threw, whatever the target made of that
   */
  static void perform(FileUpload.Target target, FileTarget where, ContentStream content)
      throws IOException {
    try {
      target.write(where.path(), where.user(), content);
    } catch (RuntimeException e) {
      IOException ofContent = content.failure().orElseThrow(() -> e);
      ofContent.addSuppressed(e);
      throw ofContent;
    }
    requireAllRead(content);
  }

  /** A target that stops early, or takes a failure for an end, has not written the file. */
  private static void requireAllRead(ContentStream content) throws IOException {
    if (content.failure().isPresent()) {
      throw content.failure().get();
    }
    if (!content.isExhausted()) {
      throw new IllegalStateException("the content was not read to its end");
    }
  }
}
