package io.omnirun.guest.agent;

import io.omnirun.guest.LocalSessions;
import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * HTTP to guests: one client for all of them. No redirect is followed, no cookie kept, no time-out
 * set: how long a guest may be silent depends on the request. Thread-safe.
 */
public final class GuestHttp implements AutoCloseable {
  /** A guest's headers; ours are smaller by far. */
  private static final int MAX_RESPONSE_HEADER_BYTES = 16 * 1024;

  /** Of the streams that a guest takes: the rest is for its interpreter and for previews. */
  public static final int MAX_CONNECTIONS = YamuxSession.MAX_STREAMS * 3 / 4;

  /** Of a machine that was ended; its pool of connections is dropped then. */
  private static final long FORGET_GUEST_MS = 60_000;

  /** Files are moved in pieces of this size. */
  static final int IO_BUFFER_BYTES = 64 * 1024;

  private static final int MAX_PLATFORM_THREADS = 16;
  private static final int SELECTORS = 1;

  private final HttpClient client;
  private final Executor threads;
  private final LocalSessions sessions = new LocalSessions();
  private final Alarms alarms = new Alarms();

  private GuestHttp(HttpClient client, Executor threads) {
    this.client = client;
    this.threads = threads;
  }

  /** Starts a client. The caller closes it. */
  public static GuestHttp start() {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_PLATFORM_THREADS);
    threads.setName("guest-http");
    Executor virtual = VirtualThreads.getNamedVirtualThreadsExecutor("guest-http-");
    threads.setVirtualThreadsExecutor(virtual);
    ClientConnector connector = new ClientConnector();
    connector.setSelectors(SELECTORS);
    connector.setExecutor(threads);
    HttpClient client = new HttpClient(new HttpClientTransportOverHTTP(connector));
    client.setExecutor(threads);
    client.setFollowRedirects(false);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setUserAgentField(null);
    client.setIdleTimeout(0);
    client.setMaxConnectionsPerDestination(MAX_CONNECTIONS);
    client.setDestinationIdleTimeout(FORGET_GUEST_MS);
    client.setMaxResponseHeadersSize(MAX_RESPONSE_HEADER_BYTES);
    client.setRequestBufferSize(IO_BUFFER_BYTES);
    client.setResponseBufferSize(IO_BUFFER_BYTES);
    try {
      client.start();
    } catch (Exception e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the client of the guests did not start", e);
    }
    // Starting has added what would answer a guest's redirects and challenges, and unpack what it
    // packs.
    client.getProtocolHandlers().clear();
    client.getContentDecoderFactories().clear();
    return new GuestHttp(client, virtual);
  }

  /** A request to a port of the guest behind a socket. */
  public Request request(Path socket, int port, String pathAndQuery) {
    return client
        .newRequest("http://guest" + pathAndQuery)
        .transport(new GuestTransport(socket, port, sessions, threads));
  }

  /** Those whose guests are reached without their sockets. */
  public LocalSessions sessions() {
    return sessions;
  }

  /** For calls that take too long. */
  public Alarms alarms() {
    return alarms;
  }

  @Override
  public void close() {
    try (alarms) {
      client.stop();
    } catch (Exception e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the client of the guests did not stop", e);
    }
  }
}
