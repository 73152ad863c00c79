package io.omnirun.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.ModelsFile;
import io.omnirun.testkit.server.TestServer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The official clients with nothing changed but the base URL, through a server of ours. */
@TestInstance(Lifecycle.PER_CLASS)
class OfficialLlmClientsTest extends LlmClientChecks {
  /** What the clients' programs ask for. */
  private static final List<String> MODELS =
      List.of(
          "text",
          "text+torn",
          "text+merged",
          "text+comments",
          "text+no-space",
          "text+crlf",
          "text+no-done",
          "stall",
          "tools",
          "image",
          "refusal",
          "reasoning",
          "unknown-fields",
          "words-50",
          "error-mid-stream",
          "cut",
          "endless+gap-5",
          "status-400",
          "status-429",
          "status-500");

  @RegisterExtension final LogOfFailure logOfFailure = new LogOfFailure(() -> server().serverLog());

  private final FakeModelProvider provider = FakeModelProvider.start();
  private final ModelsFile models = ModelsFile.write(provider.openAiUrl(), MODELS);
  private @Nullable TestServer server;
  private String key = "";

  @BeforeAll
  void startServer() {
    server = TestServer.start(Map.of("llm.config", models.path().toString()));
    key = server.clientOfNewAccount(1).apiKey();
  }

  @AfterAll
  void close() {
    if (server != null) {
      server.close();
    }
    models.close();
    provider.close();
  }

  private TestServer server() {
    return requireNonNull(server);
  }

  @Override
  FakeModelProvider provider() {
    return provider;
  }

  @Override
  LlmEndpoint endpoint() {
    return new LlmEndpoint(
        server().url() + "/llm/v1",
        key,
        Map.of(
            401, new LlmEndpoint.Provocation("text", "nobodys-key"),
            402, new LlmEndpoint.Provocation(ModelsFile.DEAR, key),
            404, new LlmEndpoint.Provocation("no-such-model", key)));
  }

  @Override
  boolean isOurs() {
    return true;
  }

  @Test
  void theProviderIsShownTheOperatorsKeyAndNotTheCallers() {
    plain();
    assertThat(provider.lastRequest().header("authorization"))
        .contains("Bearer " + ModelsFile.PROVIDER_KEY);
    assertThat(provider.lastRequest().headers()).noneMatch(header -> header.value().contains(key));
  }
}
