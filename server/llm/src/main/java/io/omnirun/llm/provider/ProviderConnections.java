package io.omnirun.llm.provider;

import io.omnirun.llm.config.ProviderConfig;
import java.io.IOException;
import java.net.ProxySelector;
import java.time.Duration;
import java.util.Objects;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.client5.http.io.HttpClientConnectionManager;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;

/**
 * The connections to one provider, which are kept for its next calls. Over HTTP/1.1 alone, and each
 * is read by the thread of the call that has it: an answer passes through no other thread on its
 * way. Thread-safe.
 */
final class ProviderConnections implements AutoCloseable {
  /** Each open stream has one; what a server has open at a time is bounded elsewhere. */
  private static final int MAX_CONNECTIONS = 10_000;

  private static final TimeValue KEPT = TimeValue.ofSeconds(30);

  /**
   * One that was used no later is taken as it is. An older one is asked whether it was closed
   * meanwhile, for which a millisecond is waited: servers close theirs after five seconds and more.
   */
  private static final TimeValue TRUSTED = TimeValue.ofSeconds(1);

  /** Each connection has three of them, and there is one for each open stream. */
  private static final int BUFFER_BYTES = 8 * 1024;

  /** A longer line of an answer's head, or more of them, is no answer. */
  private static final int MAX_LINE_BYTES = 16 * 1024;

  private static final int MAX_HEADERS = 200;

  private static final Http1Config HTTP =
      Http1Config.custom()
          .setBufferSize(BUFFER_BYTES)
          .setMaxLineLength(MAX_LINE_BYTES)
          .setMaxHeaderCount(MAX_HEADERS)
          .build();

  private final CloseableHttpClient client;
  private final IdleWatch watch;
  private final Duration firstByteTimeout;

  /**
   * @param watch ends what is late; closed by whoever made it
   */
  ProviderConnections(ProviderConfig provider, IdleWatch watch) {
    Timeout connecting = Timeout.of(provider.connectTimeout());
    this.watch = watch;
    this.firstByteTimeout = provider.firstByteTimeout();
    HttpClientConnectionManager pool =
        PoolingHttpClientConnectionManagerBuilder.create()
            .setConnectionFactory(
                ManagedHttpClientConnectionFactory.builder()
                    .http1Config(HTTP)
                    .responseParserFactory(new DefaultHttpResponseParserFactory(HTTP))
                    .build())
            .setMaxConnTotal(MAX_CONNECTIONS)
            .setMaxConnPerRoute(MAX_CONNECTIONS)
            .setDefaultSocketConfig(
                SocketConfig.custom().setTcpNoDelay(true).setSoTimeout(Timeout.DISABLED).build())
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(connecting)
                    .setSocketTimeout(Timeout.DISABLED)
                    .setValidateAfterInactivity(TRUSTED)
                    .build())
            .build();
    this.client =
        HttpClients.custom()
            .setConnectionManager(pool)
            .setRoutePlanner(new SystemDefaultRoutePlanner(ProxySelector.getDefault()))
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setConnectionRequestTimeout(connecting)
                    .setResponseTimeout(Timeout.DISABLED)
                    .setConnectionKeepAlive(KEPT)
                    .setProtocolUpgradeEnabled(false)
                    .setAuthenticationEnabled(false)
                    .build())
            .setUserAgent("OmniRun")
            .evictIdleConnections(KEPT)
            // Who sends again, and where, is decided in Attempts.
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableAuthCaching()
            .disableCookieManagement()
            .disableContentCompression()
            .build();
  }

  /**
   * Sends a request and blocks for the head of the answer, which the caller closes; cancelling the
   * request from any thread ends both.
   *
   * @throws LateProviderException if it is late; by a second at most it is cut later than that
   * @throws IOException if there is no answer
   */
  ClassicHttpResponse send(HttpUriRequestBase request) throws IOException {
    try (IdleWatch.Watched watched = watch.watch(firstByteTimeout, request::cancel)) {
      watched.begin();
      try {
        return client.executeOpen(null, request, null);
      } catch (ConnectTimeoutException e) {
        throw new LateProviderException(e);
      } catch (ClientProtocolException garbage) {
        // Parsers repeat what has come, which may be of an answer, and failures are logged.
        throw new IOException("the provider answered what is no HTTP: " + kind(garbage));
      } catch (IOException | IllegalStateException e) {
        // The latter if it was cut, or all of this closed, between two steps of the client.
        throw watched.isCut()
            ? new LateProviderException(e)
            : new IOException("the provider was not reached", e);
      }
    }
  }

  private static String kind(ClientProtocolException garbage) {
    return Objects.requireNonNullElse(garbage.getCause(), garbage).getClass().getSimpleName();
  }

  /** Cuts what is under way. */
  @Override
  public void close() {
    client.close(CloseMode.IMMEDIATE);
  }
}
