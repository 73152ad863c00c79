package io.omnirun.http;

import java.io.IOException;
import org.eclipse.jetty.io.QuietException;

/** The client's connection broke or stalled: there is nobody left to answer. */
public final class ClientGoneException extends IOException implements QuietException {
  private static final long serialVersionUID = 1L;

  public ClientGoneException(Throwable cause) {
    super("the client is gone", cause);
  }
}
