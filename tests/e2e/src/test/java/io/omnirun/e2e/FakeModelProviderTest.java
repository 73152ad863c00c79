package io.omnirun.e2e;

import io.omnirun.testkit.llm.FakeModelProvider;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;

/**
 * The checks without our server: what the official clients do not like of the fake provider is no
 * fault of ours.
 */
class FakeModelProviderTest extends LlmClientChecks {
  private static final FakeModelProvider PROVIDER = FakeModelProvider.start();

  @AfterAll
  static void close() {
    PROVIDER.close();
  }

  @Override
  FakeModelProvider provider() {
    return PROVIDER;
  }

  @Override
  LlmEndpoint endpoint() {
    return new LlmEndpoint(PROVIDER.openAiUrl().toString(), "nobody-asks", Map.of());
  }

  @Override
  boolean isOurs() {
    return false;
  }
}
