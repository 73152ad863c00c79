package io.omnirun.http;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/** Turns requests into WebSockets (RFC 6455), without extensions. Thread-safe. */
final class WebSockets {
  /** What a pipe or a terminal takes at once; longer input comes in several messages. */
  static final int MAX_MESSAGE_BYTES = 64 * 1024;

  private final ServerWebSocketContainer container;
  private final RequestsInWork requestsInWork;
  private final OpenStreams openStreams;

  /** To be made before the server starts. */
  WebSockets(Server server, RequestsInWork requestsInWork, OpenStreams openStreams) {
    this.container = ServerWebSocketContainer.ensure(server);
    this.requestsInWork = requestsInWork;
    this.openStreams = openStreams;
    container.setMaxBinaryMessageSize(MAX_MESSAGE_BYTES);
    container.setMaxTextMessageSize(MAX_MESSAGE_BYTES);
    container.setMaxFrameSize(MAX_MESSAGE_BYTES);
    // Pings tell who is there: a terminal may be silent for days.
    container.setIdleTimeout(Duration.ZERO);
  }

  /**
   * Answers a request with a WebSocket; {@code talk} is closed whatever happens.
   *
   * @throws OmniRunException INVALID_REQUEST if it asks for none
   */
  void open(
      Request request,
      Response response,
      Optional<String> protocol,
      WebSocketTalk talk,
      Duration pingInterval)
      throws IOException {
    // A server that stops waits for the talk as for a request.
    boolean counted = requestsInWork.begin();
    WebSocketConversation conversation =
        new WebSocketConversation(
            talk,
            openStreams,
            pingInterval,
            () -> {
              if (counted) {
                requestsInWork.end();
              }
            });
    Request.addCompletionListener(
        request,
        failure -> {
          if (failure != null) {
            conversation.abandon();
          }
        });
    try {
      upgrade(request, response, protocol, conversation);
    } catch (IOException | RuntimeException e) {
      conversation.abandon();
      throw e;
    }
  }

  private void upgrade(
      Request request,
      Response response,
      Optional<String> protocol,
      WebSocketConversation conversation)
      throws IOException {
    Callback.Completable answered = new Callback.Completable();
    boolean asked =
        container.upgrade(
            (upgrade, answer, callback) -> {
              protocol.ifPresent(answer::setAcceptedSubProtocol);
              answer.setExtensions(List.of());
              return conversation.listener();
            },
            request,
            response,
            answered);
    if (!asked) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "this route speaks WebSocket: send GET with Upgrade: websocket and what belongs to it");
    }
    try {
      answered.join();
    } catch (CompletionException e) {
      throw new ClientGoneException(e);
    }
  }
}
