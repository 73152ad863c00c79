package io.omnirun.llm.anthropic;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/** Makes the failure of a provider whose answer is none. */
final class UpstreamFailure {
  private UpstreamFailure() {}

  static OmniRunException because(String message) {
    return new OmniRunException(
        ErrorCode.LLM_UPSTREAM_FAILED, "the model's provider " + message + "; try again");
  }
}
