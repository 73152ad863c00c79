package io.omnirun.webhooks;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.client.BytesRequestContent;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Posts to receivers that nobody trusts: only to addresses that were checked, following no
 * redirect, keeping no cookie and no connection, reading little, waiting not long. Thread-safe.
 */
final class WebhookSender implements AutoCloseable {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** For the whole exchange, looking the name up included. */
  static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** What a receiver says beside its status interests nobody. */
  static final int MAX_ANSWER_BYTES = 64 * 1024;

  private static final int MAX_HEADER_BYTES = 16 * 1024;
  private static final int MAX_PLATFORM_THREADS = 8;

  /** Selectors, and as many as wait for names and handshakes. */
  private static final int SELECTORS = 1;

  private static final int NO_STATUS = 0;

  private final HttpClient client;

  /** Starts a client; the caller closes it. */
  WebhookSender(boolean privateAllowed) {
    this(privateAllowed, new SslContextFactory.Client());
  }

  /**
   * @param tls whom it trusts
   */
  WebhookSender(boolean privateAllowed, SslContextFactory.Client tls) {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_PLATFORM_THREADS);
    threads.setName("webhooks");
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("webhooks-"));
    ClientConnector connector = new ClientConnector();
    connector.setSelectors(SELECTORS);
    connector.setExecutor(threads);
    connector.setSslContextFactory(tls);
    client = new HttpClient(new HttpClientTransportOverHTTP(connector));
    client.setExecutor(threads);
    client.setSocketAddressResolver(new CheckedAddresses(privateAllowed));
    client.setFollowRedirects(false);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setConnectTimeout(CONNECT_TIMEOUT.toMillis());
    client.setMaxResponseHeadersSize(MAX_HEADER_BYTES);
    client.setDestinationIdleTimeout(TIMEOUT.toMillis());
    try {
      client.start();
    } catch (Exception e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the client of webhooks did not start", e);
    }
    // Starting has added what would answer redirects and challenges, and unpack what is packed.
    client.getProtocolHandlers().clear();
    client.getContentDecoderFactories().clear();
  }

  /**
   * Posts a JSON body. Blocks, {@link #TIMEOUT} at most.
   *
   * @return why it has not arrived, for people; empty if it has
   */
  Optional<String> post(String url, Map<String, String> headers, byte[] body)
      throws InterruptedException {
    AtomicInteger status = new AtomicInteger(NO_STATUS);
    Request request =
        client
            .newRequest(url)
            .method(HttpMethod.POST)
            .agent("OmniRun-Webhooks")
            .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .headers(
                fields -> {
                  fields.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE);
                  headers.forEach(fields::put);
                })
            .body(new BytesRequestContent("application/json", body))
            .onResponseBegin(response -> status.set(response.getStatus()));
    try {
      ContentResponse answer =
          new CompletableResponseListener(request, MAX_ANSWER_BYTES).send().get();
      return verdict(answer.getStatus());
    } catch (ExecutionException e) {
      // A receiver that has taken it and then talks too long, or breaks off, has taken it.
      return status.get() == NO_STATUS ? Optional.of(problem(e)) : verdict(status.get());
    }
  }

  private static Optional<String> verdict(int status) {
    return HttpStatus.isSuccess(status)
        ? Optional.empty()
        : Optional.of("the receiver answered with status " + status);
  }

  private static String problem(ExecutionException failure) {
    return switch (failure.getCause()) {
      case RefusedAddressException _ -> RefusedAddressException.TEXT;
      case UnknownHostException _ -> "the host's name is not known";
      case TimeoutException _ ->
          "the receiver did not answer within " + TIMEOUT.toSeconds() + " seconds";
      case null, default -> "the receiver could not be reached";
    };
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the client of webhooks did not stop", e);
    }
  }
}
