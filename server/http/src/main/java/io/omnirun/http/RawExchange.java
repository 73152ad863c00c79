package io.omnirun.http;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.thread.Invocable;

/**
 * A request that is passed on as it is, and its answer. What it says of itself has passed a strict
 * parser: one length, one host, no folded line. Reading the body may be another thread's work than
 * answering; each blocks for the client.
 */
public final class RawExchange {
  /** The length of a body that does not say how long it is. */
  public static final long UNKNOWN_LENGTH = -1;

  /** As much as has come while a request was looked at. */
  private static final int MAX_DISCARDED_PIECES = 64;

  private static final int SWITCHING_PROTOCOLS = 101;

  private final Request request;
  private final Response response;
  private final OpenStreams openStreams;
  private final Semaphore bodyMoved = new Semaphore(0);
  private volatile boolean bodyStopped;
  private volatile boolean bodyTouched;

  RawExchange(Request request, Response response, OpenStreams openStreams) {
    this.request = request;
    this.response = response;
    this.openStreams = openStreams;
  }

  public String method() {
    return request.getMethod();
  }

  /** The path as it was sent, without the query; {@code *} or empty if there is none. */
  public String path() {
    return Optional.ofNullable(request.getHttpURI().getPath()).orElse("");
  }

  /** The query as it was sent; empty if there is none. */
  public Optional<String> query() {
    return Optional.ofNullable(request.getHttpURI().getQuery());
  }

  /** Whose request it is, perhaps with a port; empty if it does not say. */
  public String host() {
    return host(request);
  }

  static String host(Request request) {
    return Optional.ofNullable(request.getHttpURI().getAuthority())
        .or(() -> Optional.ofNullable(request.getHeaders().get(HttpHeader.HOST)))
        .orElse("");
  }

  /** Whether it came over TLS. */
  public boolean isSecure() {
    return request.getConnectionMetaData().isSecure();
  }

  /** Whether the client speaks HTTP/1.1, and not an older version. */
  public boolean isCurrentVersion() {
    return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
  }

  /** The address at the other end of the connection: the client's, or that of a proxy before it. */
  public String clientAddress() {
    return Exchange.clientAddress(request);
  }

  /** All headers in the order sent, names as they were spelled. */
  public void eachHeader(BiConsumer<String, String> consumer) {
    request
        .getHeaders()
        .forEach(field -> consumer.accept(field.getName(), value(field.getValue())));
  }

  private static String value(@org.jspecify.annotations.Nullable String text) {
    return text == null ? "" : text;
  }

  /** The first value of a header, empty if there is none. */
  public String header(String name) {
    return value(request.getHeaders().get(name));
  }

  /** All values of a header in the order sent. */
  public List<String> headers(String name) {
    return request.getHeaders().getValuesList(name).stream().map(RawExchange::value).toList();
  }

  /** How long the body is: 0 if there is none, {@link #UNKNOWN_LENGTH} if it comes in chunks. */
  public long bodyLength() {
    if (request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
      return UNKNOWN_LENGTH;
    }
    return Math.max(0, request.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH));
  }

  /**
   * Passes the body on until it has ended; true then, false if {@link #stopBody} came before. A
   * client that waits for it is told to send.
   *
   * @throws ClientGoneException if the connection breaks before the body has ended
   */
  public boolean readBody(ByteSink sink) throws IOException {
    bodyTouched = true;
    while (!bodyStopped) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        request.demand(Invocable.from(Invocable.InvocationType.NON_BLOCKING, bodyMoved::release));
        awaitBody();
      } else if (Content.Chunk.isFailure(chunk)) {
        throw new ClientGoneException(chunk.getFailure());
      } else if (pass(chunk, sink)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Throws away what has come of a body that nobody has read: closing a socket with unread bytes
   * resets it, and the client would lose its answer. Does not wait for the client.
   */
  void discardBody() {
    for (int i = 0; !bodyTouched && i < MAX_DISCARDED_PIECES; i++) {
      Content.Chunk chunk = request.read();
      if (chunk == null || Content.Chunk.isFailure(chunk)) {
        return;
      }
      chunk.release();
      if (chunk.isLast()) {
        return;
      }
    }
  }

  private void awaitBody() throws InterruptedIOException {
    try {
      bodyMoved.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while a body was awaited");
    }
  }

  private static boolean pass(Content.Chunk chunk, ByteSink sink) throws IOException {
    try {
      if (chunk.hasRemaining()) {
        sink.take(chunk.getByteBuffer());
      }
      return chunk.isLast();
    } finally {
      chunk.release();
    }
  }

  /** Lets whoever reads the body go. */
  public void stopBody() {
    bodyStopped = true;
    bodyMoved.release();
  }

  /** Begins an answer; nothing is sent before {@link #write}. */
  public void begin(int status) {
    response.getHeaders().clear();
    response.setStatus(status);
  }

  /** Adds a header to the answer that was begun. */
  public void addHeader(String name, String value) {
    if (HttpHeader.DATE.is(name)) {
      // There is one already, which cannot be cleared.
      response.getHeaders().put(HttpHeader.DATE, value);
    } else {
      response.getHeaders().add(name, value);
    }
  }

  /** Whether something of the answer is sent already, so that it cannot become another. */
  public boolean isCommitted() {
    return response.isCommitted();
  }

  /**
   * Sends what there is of the body, and the head before it.
   *
   * @param last the answer is whole with it
   */
  public void write(ByteBuffer bytes, boolean last) throws ClientGoneException {
    try {
      Content.Sink.write(response, last, bytes);
    } catch (IOException e) {
      throw new ClientGoneException(e);
    }
  }

  /** Somebody who looks whether the client is still there. */
  public interface Watch extends AutoCloseable {
    /** Whether a client's end is not noticed: it has sent more than its request already. */
    boolean isBlind();

    @Override
    void close();
  }

  /**
   * Calls somebody once when the client hangs up, or the server stops, until the watch is closed;
   * that should be done before the last of the answer is sent. Nothing is ever noticed if the body
   * is not read to its end.
   */
  public Watch watch(Runnable onGone) {
    ClientWatch watch = ClientWatch.begin(request);
    watch.gone().thenRun(onGone);
    OpenStreams.Admission admission = openStreams.admit(watch.gone());
    return new Watch() {
      @Override
      public boolean isBlind() {
        return watch.isBlind();
      }

      @Override
      public void close() {
        admission.close();
        watch.close();
      }
    };
  }

  /** Breaks the connection: whoever is stuck in reading or writing fails. */
  public void breakConnection() {
    endPoint().close();
  }

  private EndPoint endPoint() {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }

  /**
   * Answers by switching to another protocol: what follows is the tunnel's. Headers that were added
   * since {@link #begin} are sent along.
   *
   * @param talk run on a thread of its own, after this exchange is over
   * @param over called once when the talk is over, also if it never began
   */
  public void tunnel(ClientTunnel.Talk talk, Runnable over) throws ClientGoneException {
    TunnelConnection tunnel =
        new TunnelConnection(
            endPoint(),
            request.getConnectionMetaData().getConnector().getExecutor(),
            talk,
            over,
            openStreams);
    Request.addCompletionListener(
        request,
        failure -> {
          if (failure != null) {
            tunnel.abandon();
          }
        });
    response.setStatus(SWITCHING_PROTOCOLS);
    response.getHeaders().put(HttpHeader.CONNECTION, "Upgrade");
    request.setAttribute(HttpStream.UPGRADE_CONNECTION_ATTRIBUTE, tunnel);
    write(ByteBuffer.allocate(0), true);
  }
}
