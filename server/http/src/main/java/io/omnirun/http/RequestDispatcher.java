package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.eclipse.jetty.http.ComplianceViolation;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Leads Jetty's requests to the router, and turns what is thrown into answers. */
final class RequestDispatcher extends Handler.Abstract {
  private static final Logger log = LoggerFactory.getLogger(RequestDispatcher.class);

  /** Twice the largest body of any route: a client that sends more loses its error answer. */
  private static final long DRAIN_LIMIT_BYTES = 256L * 1024 * 1024;

  private final Router router;
  private final Optional<HostHandler> hosts;
  private final RequestsInWork requestsInWork;
  private final OpenStreams openStreams;
  private final WebSockets webSockets;
  private final BodyMemory bodyMemory = new BodyMemory();

  /**
   * @param hosts whose the requests to the names are that it takes; all others are the router's
   */
  RequestDispatcher(
      Router router,
      Optional<HostHandler> hosts,
      RequestsInWork requestsInWork,
      OpenStreams openStreams,
      WebSockets webSockets) {
    this.router = router;
    this.hosts = hosts;
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
      if (hosts.isPresent() && hosts.get().takes(RawExchange.host(request))) {
        pass(hosts.get(), request, response, admitted);
      } else {
        answer(request, response, admitted);
      }
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

  private void pass(HostHandler handler, Request request, Response response, boolean admitted)
      throws IOException {
    RouteLog.rememberHost(request);
    RawExchange exchange = new RawExchange(request, response, openStreams);
    try {
      if (!admitted) {
        throw new IOException("the server is stopping");
      }
      handler.handle(exchange);
      exchange.discardBody();
    } catch (ClientGoneException e) {
      throw new AbortedAnswerException(e);
    } catch (IOException e) {
      // Whoever is at the other end of a guest's connection can have that at will.
      log.debug("a request to {} was cut off", ShownText.shortened(exchange.host()), e);
      giveUp(exchange, e);
    } catch (RuntimeException e) {
      log.warn("a request to {} failed", ShownText.shortened(exchange.host()), e);
      giveUp(exchange, e);
    }
  }

  private static void giveUp(RawExchange exchange, Exception failure) throws IOException {
    if (exchange.isCommitted()) {
      throw new AbortedAnswerException(failure);
    }
    ErrorAnswer failed = ErrorAnswer.internal();
    exchange.begin(failed.status());
    exchange.addHeader("Content-Type", Exchange.JSON_TYPE);
    exchange.addHeader("Connection", "close");
    exchange.write(ByteBuffer.wrap(failed.toBytes()), true);
  }

  private void answer(Request request, Response response, boolean admitted) throws IOException {
    BodyShare bodyShare = new BodyShare(bodyMemory);
    Exchange exchange = new Exchange(request, response, bodyShare, openStreams, webSockets);
    try {
      requireAdmitted(exchange, admitted);
      requirePlainUri(request);
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

  /** Guests' servers take paths that may mean two things; here nothing does. */
  private static void requirePlainUri(Request request) {
    HttpURI uri = request.getHttpURI();
    if (uri.hasViolations()) {
      String problem =
          UriCompliance.checkUriCompliance(
              UriCompliance.DEFAULT, uri, ComplianceViolation.Listener.NOOP);
      if (problem != null) {
        throw new OmniRunException(
            ErrorCode.INVALID_REQUEST, "the URL is ambiguous: " + ShownText.shortened(problem));
      }
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
    ErrorAnswer told = answer.get();
    exchange.json(
        told.status(),
        json -> exchange.errorFormat().write(json, told.status(), told.code(), told.message()));
  }
}
