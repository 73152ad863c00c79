package io.omnirun.core.ports;

import io.omnirun.model.EmailAddress;

/** Sends mails. Thread-safe. */
@FunctionalInterface
public interface Mailer {
  /**
   * A mail of plain text.
   *
   * @param subject one line
   * @param text lines that end with {@code \n}
   */
  record Mail(EmailAddress to, String subject, String text) {
    /** Leaves out what it says: secrets, often. */
    @Override
    public String toString() {
      return "Mail to somebody";
    }
  }

  /**
   * Takes a mail to be sent soon, and returns at once: how long that takes tells nothing. What
   * cannot be sent is given up after a while, and the operator is told.
   */
  void send(Mail mail);
}
