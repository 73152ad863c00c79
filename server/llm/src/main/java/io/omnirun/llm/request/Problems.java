package io.omnirun.llm.request;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/** Makes the refusal of a request that makes no sense. */
public final class Problems {
  /** A body's text may stand in what a parser says of it. */
  private static final int MAX_SHOWN = 200;

  private Problems() {}

  /** What is told of a request. */
  public static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }

  /** What a parser says, without the text that it read: prompts belong in no message. */
  public static String shown(IOException problem) {
    if (problem instanceof JsonProcessingException json && json.getLocation() != null) {
      return "near byte " + json.getLocation().getByteOffset();
    }
    String message = String.valueOf(problem.getMessage());
    return message.substring(0, Math.min(message.length(), MAX_SHOWN));
  }
}
