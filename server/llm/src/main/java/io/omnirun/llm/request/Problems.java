package io.omnirun.llm.request;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/** Makes the refusal of a request that makes no sense. */
public final class Problems {
  /** Names can be long. */
  private static final int MAX_SHOWN = 200;

  private Problems() {}

  /** What is told of a request. */
  public static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }

  /** What was wrong with a body; its text stands in it nowhere, but names may. */
  public static String shown(IOException problem) {
    String message = String.valueOf(problem.getMessage());
    return message.substring(0, Math.min(message.length(), MAX_SHOWN));
  }
}
