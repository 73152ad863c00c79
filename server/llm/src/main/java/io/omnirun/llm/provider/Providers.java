package io.omnirun.llm.provider;

import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Sends requests to providers, over connections that are kept. Redirects are not followed: a key
 * goes where the operator has said, and nowhere else. Thread-safe.
 */
public final class Providers implements AutoCloseable {
  private static final String ANTHROPIC_VERSION = "2023-06-01";

  /**
   * What is done with a piece of an answer only hands it on, which takes less time than a change of
   * threads. TLS computes, and would hold up all other answers.
   */
  private static final Executor ON_SELECTOR = Runnable::run;

  private final ProviderKeys keys;
  private final IdleWatch idle = new IdleWatch();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("llm-provider-", 0).factory());
  private final Map<ProviderConfig, HttpClient> clients = new ConcurrentHashMap<>();

  /**
   * @throws OmniRunException CONFIGURATION_INVALID if a provider's key cannot be read
   */
  public Providers(LlmConfig config, ProviderKeys keys) {
    this.keys = keys;
    config.models().stream()
        .flatMap(model -> model.routes().stream())
        .map(RouteConfig::provider)
        .distinct()
        .forEach(keys::require);
  }

  private static boolean isSecure(ProviderConfig provider) {
    return "https".equals(provider.url().getScheme());
  }

  private HttpClient client(ProviderConfig provider) {
    return clients.computeIfAbsent(
        provider,
        config ->
            HttpClient.newBuilder()
                // Without TLS nothing says whether the other side speaks version 2.
                .version(isSecure(config) ? Version.HTTP_2 : Version.HTTP_1_1)
                .connectTimeout(config.connectTimeout())
                .followRedirects(Redirect.NEVER)
                .executor(isSecure(config) ? threads : ON_SELECTOR)
                .build());
  }

  /**
   * Sends a request and blocks for the head of the answer, which the caller closes.
   *
   * @param account whose vault has the key, if the provider is called with callers' keys
   * @param clientGone when it completes the request is given up at once
   * @throws IOException if there is no answer; {@link HttpTimeoutException} if it is late
   */
  public ProviderAnswer send(
      Candidate candidate,
      ProviderRequest request,
      AccountId account,
      CompletableFuture<?> clientGone)
      throws IOException {
    ProviderConfig provider = candidate.route().provider();
    CompletableFuture<HttpResponse<InputStream>> call =
        client(provider)
            .sendAsync(http(provider, candidate, request, account), BodyHandlers.ofInputStream());
    clientGone.thenRun(() -> call.cancel(true));
    HttpResponse<InputStream> response = await(call);
    ProviderAnswer answer =
        new ProviderAnswer(
            candidate, response.statusCode(), response.headers(), response.body(), idle);
    clientGone.thenRun(() -> closeQuietly(answer));
    return answer;
  }

  private static void closeQuietly(ProviderAnswer answer) {
    try {
      answer.close();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "an abandoned call could not be closed", e);
    }
  }

  private HttpRequest http(
      ProviderConfig provider, Candidate candidate, ProviderRequest request, AccountId account) {
    HttpRequest.Builder http =
        HttpRequest.newBuilder(uri(provider, candidate, request))
            .timeout(provider.firstByteTimeout())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .POST(BodyPublishers.ofByteArray(request.body()));
    request.headers().forEach(http::header);
    if (provider.kind() == Kind.ANTHROPIC) {
      http.header("anthropic-version", ANTHROPIC_VERSION);
    }
    keys.of(provider, account).ifPresent(key -> authenticate(http, provider.kind(), key));
    return http.build();
  }

  private static void authenticate(HttpRequest.Builder http, Kind kind, String key) {
    switch (kind) {
      case OPENAI -> http.header("Authorization", "Bearer " + key);
      case AZURE -> http.header("api-key", key);
      case ANTHROPIC -> http.header("x-api-key", key);
    }
  }

  private static URI uri(ProviderConfig provider, Candidate candidate, ProviderRequest request) {
    String base = provider.url().toString();
    return provider.kind() == Kind.AZURE
        ? URI.create(
            base
                + "/openai/deployments/"
                + escaped(candidate.route().model())
                + request.path()
                + "?api-version="
                + escaped(provider.apiVersion().orElse("")))
        : URI.create(base + request.path());
  }

  /** Names are whatever operators have written: no part of one is a part of the URI's form. */
  private static String escaped(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static HttpResponse<InputStream> await(CompletableFuture<HttpResponse<InputStream>> call)
      throws IOException {
    try {
      return call.get();
    } catch (InterruptedException e) {
      call.cancel(true);
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted in a call").initCause(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof HttpTimeoutException late) {
        throw late;
      }
      if (e.getCause() instanceof IOException cause && !(cause instanceof ProtocolException)) {
        throw new IOException("the provider was not reached", cause);
      }
      // Parsers repeat what has come, which may be of an answer, and failures are logged.
      throw new IOException("the provider answered what is no HTTP");
    }
  }

  @Override
  public void close() {
    idle.close();
    clients.values().forEach(HttpClient::shutdownNow);
    threads.shutdownNow();
  }
}
