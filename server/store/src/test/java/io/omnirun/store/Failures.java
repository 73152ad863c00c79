package io.omnirun.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What tests ask of failures. */
final class Failures {
  private Failures() {}

  /** Makes a call that must fail with a code, and gives its failure. */
  static OmniRunException assertFails(ErrorCode code, ThrowingCallable call) {
    Throwable failure = catchThrowable(call);
    assertThat(failure)
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).as(text(e)).isEqualTo(code));
    return (OmniRunException) failure;
  }

  /** Everything that a log would show of a failure: its messages, causes and suppressed ones. */
  static String text(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
