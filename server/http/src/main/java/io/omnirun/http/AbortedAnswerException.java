package io.omnirun.http;

import java.io.IOException;
import org.eclipse.jetty.io.QuietException;

/**
 * Makes Jetty break the connection in the middle of an answer, so that the client cannot take it
 * for a whole one. Quiet: what happened is logged already.
 */
final class AbortedAnswerException extends IOException implements QuietException {
  private static final long serialVersionUID = 1L;

  AbortedAnswerException(Throwable cause) {
    super("the answer is aborted", cause);
  }
}
