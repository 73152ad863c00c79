package io.omnirun.llm.provider;

import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.llm.config.RouteConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Configurations as they come out of a file. */
final class TestModels {
  private static final Duration GENEROUS = Duration.ofSeconds(30);

  private TestModels() {}

  static ProviderConfig provider(String name, URI url) {
    return provider(name, Kind.OPENAI, url);
  }

  static ProviderConfig provider(String name, Kind kind, URI url) {
    return new ProviderConfig(
        name,
        kind,
        url,
        Optional.empty(),
        Optional.empty(),
        kind == Kind.AZURE ? Optional.of("2026-01-01") : Optional.empty(),
        GENEROUS,
        GENEROUS,
        GENEROUS);
  }

  static ProviderConfig withVaultKey(ProviderConfig provider, String name) {
    return new ProviderConfig(
        provider.name(),
        provider.kind(),
        provider.url(),
        Optional.empty(),
        Optional.of(name),
        provider.apiVersion(),
        GENEROUS,
        GENEROUS,
        GENEROUS);
  }

  static ProviderConfig withTimeouts(
      ProviderConfig provider, Duration connect, Duration firstByte, Duration idle) {
    return new ProviderConfig(
        provider.name(),
        provider.kind(),
        provider.url(),
        provider.keyFile(),
        provider.vaultKey(),
        provider.apiVersion(),
        connect,
        firstByte,
        idle);
  }

  static RouteConfig route(ProviderConfig provider, String model) {
    return new RouteConfig(provider, model, 1);
  }

  static ModelConfig model(String id, RouteConfig... routes) {
    return new ModelConfig(id, List.of(routes), List.of(), Optional.of(Pricing.UNKNOWN));
  }

  static Candidate candidate(RouteConfig route) {
    return new Candidate(model("m", route), route);
  }

  static LlmConfig config(ModelConfig... models) {
    return new LlmConfig(List.of(models), List.of(), true, LlmConfig.USUAL_CAP);
  }

  /** A request that nothing has to be said about. */
  static ProviderRequest request(Candidate candidate) {
    String body =
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}"
            .formatted(
                candidate.route().model(),
                candidate.route().model().contains("words") ? ",\"stream\":true" : "");
    return new ProviderRequest(
        "/chat/completions", body.getBytes(StandardCharsets.UTF_8), Map.of());
  }
}
