package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.Optional;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Leads Jetty's requests to the router, and turns what is thrown into answers. */
final class RequestDispatcher extends Handler.Abstract {
  /** Twice the largest body of any route: a client that sends more loses its error answer. */
  private static final long DRAIN_LIMIT_BYTES = 256L * 1024 * 1024;

  private final Router router;
  private final RequestsInWork requestsInWork;
  private final OpenStreams openStreams;
  private final WebSockets webSockets;
  private final BodyMemory bodyMemory = new BodyMemory();

  RequestDispatcher(
      Router router,
      RequestsInWork requestsInWork,
      OpenStreams openStreams,
      WebSockets webSockets) {
    this.router = router;
    this.requestsInWork = requestsInWork;
    this.openStreams = openStreams;
    this.webSockets = webSockets;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    boolean admitted = requestsInWork.begin();
    try {
      // A command may say nothing for hours, and a slow guest may stop its caller's upload for
      // long:
      // silence is no reason to give up what is in work.
      request.addIdleTimeoutListener(timeout -> false);
      answer(request, response, admitted);
      callback.succeeded();
    } catch (Throwable failure) {
      callback.failed(failure);
    } finally {
      if (admitted) {
        requestsInWork.end();
      }
    }
    return true;
  }

  private void answer(Request request, Response response, boolean admitted) throws IOException {
    BodyShare bodyShare = new BodyShare(bodyMemory);
    Exchange exchange = new Exchange(request, response, bodyShare, openStreams, webSockets);
    try {
      requireAdmitted(exchange, admitted);
      router.dispatch(exchange);
      if (!exchange.isAnswered()) {
        throw new IllegalStateException("the route's handler did not answer");
      }
    } catch (Throwable failure) {
      answerFailure(exchange, failure);
    } finally {
      // Before the rest of the body is thrown away, at the client's pace.
      bodyShare.release();
    }
    exchange.drainBody(DRAIN_LIMIT_BYTES);
  }

  private static void requireAdmitted(Exchange exchange, boolean admitted) {
    if (!admitted) {
      exchange.setHeader("Connection", "close");
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED, "the server is stopping; try again in a moment");
    }
  }

  private static void answerFailure(Exchange exchange, Throwable failure) throws IOException {
    Optional<ErrorAnswer> answer = RequestFailures.answer(exchange, failure);
    if (answer.isPresent() && exchange.isCommitted()) {
      RequestFailures.logUntold(exchange, answer.get());
    }
    if (answer.isEmpty() || exchange.isCommitted()) {
      throw new AbortedAnswerException(failure);
    }
    exchange.json(answer.get().status(), answer.get()::writeTo);
  }
}
