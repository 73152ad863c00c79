package io.omnirun.llm.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.Credentials;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.llm.FakeModelProvider;
import io.omnirun.testkit.llm.SeenRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider is sent. */
@Timeout(60)
class ProvidersTest {
  private static final AccountId ACCOUNT = AccountId.random();
  private static final AccountId OTHER = AccountId.random();
  private static final Credentials VAULTS =
      account -> account.equals(ACCOUNT) ? Map.of("MY_KEY", " key-of-caller\n") : Map.of();

  private final FakeModelProvider fake = FakeModelProvider.start();
  @TempDir private Path directory;

  @AfterEach
  void close() {
    fake.close();
  }

  private SeenRequest sent(ProviderConfig provider, AccountId account) throws IOException {
    return sent(provider, "text", account);
  }

  private SeenRequest sent(ProviderConfig provider, String model, AccountId account)
      throws IOException {
    RouteConfig route = TestModels.route(provider, model);
    Candidate candidate = TestModels.candidate(route);
    try (Providers providers =
            new Providers(TestModels.config(candidate.model()), new ProviderKeys(VAULTS));
        ProviderAnswer answer =
            providers.send(
                candidate, TestModels.request(candidate), account, new CompletableFuture<>())) {
      answer.body().readAllBytes();
      return fake.lastRequest();
    }
  }

  private ProviderConfig withKeyFile(Kind kind, String content) throws IOException {
    Path file = Files.writeString(directory.resolve("key"), content);
    ProviderConfig plain = TestModels.provider("p", kind, fake.openAiUrl());
    return new ProviderConfig(
        plain.name(),
        kind,
        plain.url(),
        Optional.of(file),
        Optional.empty(),
        plain.apiVersion(),
        plain.connectTimeout(),
        plain.firstByteTimeout(),
        plain.idleTimeout());
  }

  private static void requireOnlyKey(SeenRequest seen, Kind kind, String key) {
    assertThat(seen.header("authorization"))
        .isEqualTo(kind == Kind.OPENAI ? Optional.of("Bearer " + key) : Optional.empty());
    assertThat(seen.header("api-key"))
        .isEqualTo(kind == Kind.AZURE ? Optional.of(key) : Optional.empty());
    assertThat(seen.header("x-api-key"))
        .isEqualTo(kind == Kind.ANTHROPIC ? Optional.of(key) : Optional.empty());
    assertThat(seen.header("anthropic-version").isPresent()).isEqualTo(kind == Kind.ANTHROPIC);
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void theOperatorsKeyComesFromItsFileInTheHeaderOfTheKind(Kind kind) throws IOException {
    SeenRequest seen = sent(withKeyFile(kind, "key-of-operator\n"), ACCOUNT);
    requireOnlyKey(seen, kind, "key-of-operator");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aCallersKeyComesFromItsVault(Kind kind) throws IOException {
    ProviderConfig provider = TestModels.provider("p", kind, fake.openAiUrl());
    SeenRequest seen = sent(TestModels.withVaultKey(provider, "MY_KEY"), ACCOUNT);
    requireOnlyKey(seen, kind, "key-of-caller");
  }

  @Test
  void whoHasNoKeyInItsVaultIsToldWhichOneIsMissing() {
    ProviderConfig provider =
        TestModels.withVaultKey(TestModels.provider("p", fake.openAiUrl()), "MY_KEY");
    assertThatThrownBy(() -> sent(provider, OTHER))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining("MY_KEY");
    assertThat(fake.requests()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "hush\r\nx-injected: 1", "hush\u00fc", "hush hush", "hush\0"})
  void whatIsNoKeyIsRefusedAndNotRepeated(String text) {
    ProviderKeys keys = new ProviderKeys(account -> Map.of("MY_KEY", text));
    ProviderConfig provider =
        TestModels.withVaultKey(TestModels.provider("p", fake.openAiUrl()), "MY_KEY");
    assertThatThrownBy(() -> keys.of(provider, ACCOUNT))
        .isInstanceOfSatisfying(
            OmniRunException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageNotContaining("hush")
        .hasNoCause();
  }

  @Test
  void aProviderThatWantsNoKeyGetsNone() throws IOException {
    SeenRequest seen = sent(TestModels.provider("p", fake.openAiUrl()), ACCOUNT);
    assertThat(seen.headers())
        .extracting(header -> header.name().toLowerCase(Locale.ROOT))
        .doesNotContain("authorization", "api-key", "x-api-key");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "two words", "ümlaut"})
  void aFileWithoutAKeyStopsTheServer(String content) {
    assertThatThrownBy(() -> sent(withKeyFile(Kind.OPENAI, content), ACCOUNT))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID))
        .hasMessageContaining("holds no key");
  }

  @Test
  void aFileThatIsNotThereStopsTheServer() throws IOException {
    ProviderConfig provider = withKeyFile(Kind.OPENAI, "key");
    Files.delete(directory.resolve("key"));
    assertThatThrownBy(() -> sent(provider, ACCOUNT)).hasMessageContaining("cannot be read");
  }

  @Test
  void azureIsCalledByDeploymentAndVersion() throws IOException {
    ProviderConfig azure =
        TestModels.provider("p", Kind.AZURE, URI.create("http://127.0.0.1:" + fake.port()));
    assertThat(sent(azure, ACCOUNT).path())
        .isEqualTo("/openai/deployments/text/chat/completions?api-version=2026-01-01");
  }

  @Test
  void aDeploymentsNameIsOneSegmentOfThePath() throws IOException {
    ProviderConfig azure =
        TestModels.provider("p", Kind.AZURE, URI.create("http://127.0.0.1:" + fake.port()));
    assertThat(sent(azure, "../a b/c?d#é", ACCOUNT).path())
        .isEqualTo(
            "/openai/deployments/..%2Fa%20b%2Fc%3Fd%23%C3%A9/chat/completions"
                + "?api-version=2026-01-01");
  }

  @Test
  void othersAreCalledBelowTheirUrl() throws IOException {
    URI url = URI.create(fake.openAiUrl() + "/deep");
    assertThat(sent(TestModels.provider("p", url), ACCOUNT).path())
        .isEqualTo("/v1/deep/chat/completions");
  }
}
