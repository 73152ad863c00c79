package io.omnirun.mail;

import io.omnirun.core.ports.Mailer.Mail;
import java.io.IOException;

/** The way that mails go. Thread-safe. */
@FunctionalInterface
public interface MailTransport {
  /**
   * Hands a mail over; blocks for that.
   *
   * @throws IOException if it was not taken; it may be tried again
   */
  void deliver(Mail mail) throws IOException;
}
