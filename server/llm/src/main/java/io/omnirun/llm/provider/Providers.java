package io.omnirun.llm.provider;

import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;

/**
 * Sends requests to providers, over connections that are kept. Redirects are not followed: a key
 * goes where the operator has said, and nowhere else. Thread-safe.
 */
public final class Providers implements AutoCloseable {
  private static final String ANTHROPIC_VERSION = "2023-06-01";
  private static final ContentType JSON = ContentType.create("application/json");

  private final ProviderKeys keys;
  private final IdleWatch idle = new IdleWatch();
  private final Map<ProviderConfig, ProviderConnections> connections = new ConcurrentHashMap<>();

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

  /**
   * Sends a request and blocks for the head of the answer, which the caller closes.
   *
   * @param account whose vault has the key, if the provider is called with callers' keys
   * @param clientGone when it completes the request is given up at once
   * @throws LateProviderException if it is late
   * @throws IOException if there is no answer
   */
  public ProviderAnswer send(
      Candidate candidate,
      ProviderRequest request,
      AccountId account,
      CompletableFuture<?> clientGone)
      throws IOException {
    ProviderConfig provider = candidate.route().provider();
    HttpPost post = post(provider, candidate, request, account);
    clientGone.thenRun(post::cancel);
    ClassicHttpResponse response = connections(provider).send(post);
    return new ProviderAnswer(candidate, response, post, idle);
  }

  private ProviderConnections connections(ProviderConfig provider) {
    return connections.computeIfAbsent(provider, config -> new ProviderConnections(config, idle));
  }

  private HttpPost post(
      ProviderConfig provider, Candidate candidate, ProviderRequest request, AccountId account) {
    HttpPost post = new HttpPost(uri(provider, candidate, request));
    post.setEntity(new ByteArrayEntity(request.body(), JSON));
    post.setHeader("Accept", "application/json, text/event-stream");
    request.headers().forEach(post::setHeader);
    if (provider.kind() == Kind.ANTHROPIC) {
      post.setHeader("anthropic-version", ANTHROPIC_VERSION);
    }
    keys.of(provider, account).ifPresent(key -> authenticate(post, provider.kind(), key));
    return post;
  }

  private static void authenticate(HttpPost post, Kind kind, String key) {
    switch (kind) {
      case OPENAI -> post.setHeader("Authorization", "Bearer " + key);
      case AZURE -> post.setHeader("api-key", key);
      case ANTHROPIC -> post.setHeader("x-api-key", key);
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

  @Override
  public void close() {
    idle.close();
    connections.values().forEach(ProviderConnections::close);
  }
}
