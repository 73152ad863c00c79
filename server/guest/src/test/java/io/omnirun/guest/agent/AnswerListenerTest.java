package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.transport.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AnswerListenerTest {
  private final Request request = new HttpClient().newRequest("http://guest/");

  /** Jetty says so later, when the request is over as well. */
  @Test
  void aFailureIsToldBeforeTheExchangeIsComplete() {
    IOException failure = new IOException("as told");
    AnswerListener listener = new AnswerListener();
    Thread.startVirtualThread(() -> listener.onFailure(new HttpResponse(request), failure));
    try (Alarms alarms = new Alarms()) {
      assertThatThrownBy(() -> listener.awaitHead(request, alarms, Duration.ofHours(1)))
          .isInstanceOf(ExecutionException.class)
          .hasCause(failure);
    }
  }

  @Test
  void aRequestThatFailsBeforeAnAnswerIsTold() {
    IOException failure = new IOException("as told");
    AnswerListener listener = new AnswerListener();
    Thread.startVirtualThread(
        () -> listener.onComplete(new Result(request, failure, new HttpResponse(request))));
    try (Alarms alarms = new Alarms()) {
      assertThatThrownBy(() -> listener.awaitHead(request, alarms, Duration.ofHours(1)))
          .isInstanceOf(ExecutionException.class)
          .hasCause(failure);
    }
  }
}
