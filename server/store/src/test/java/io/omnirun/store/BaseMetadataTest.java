package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers may write on their sandboxes comes back from every engine as it went in. */
abstract class BaseMetadataTest extends BaseOpenDatabaseTest {
  private static final int MANY_ENTRIES = 1_000;

  @SuppressWarnings("NullAway.Init")
  private Account account;

  @BeforeEach
  void makeAccount() {
    account = insertAccount(database, 100);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "plain",
        "it's \"quoted\" \\ and `ticked`",
        "'; DROP TABLE sandbox; --",
        ":accountId ? $1 <name> ${name}",
        "line\nfeed\r\ttab\u0001\u007f",
        "nul\0byte",
        "Grüße, 世界, שלום, \uD83D\uDC69\u200D\uD83D\uDE80",
        "\uFEFF\uFFFE\uFFFF",
        "null"
      })
  void strangeTextComesBackAsKeyAndAsValue(String text) {
    assertComesBack(Map.of(text, "value", "key of " + text, text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"half a pair \uD83D", "\uDE00 the other half", "\uDE00\uD83D"})
  void brokenTextIsRefusedAsKeyAndAsValue(String broken) {
    for (Map<String, String> metadata : List.of(Map.of(broken, "value"), Map.of("key", broken))) {
      Sandbox sandbox = creating(account, NOON, metadata);
      assertFails(ErrorCode.INVALID_REQUEST, () -> store.insertCreating(sandbox));
      assertThat(store.find(account.id(), sandbox.id())).isEmpty();
    }
  }

  @Test
  void noEntriesComeBackAsNone() {
    assertComesBack(Map.of());
  }

  @Test
  void aThousandEntriesComeBack() {
    Map<String, String> metadata = new HashMap<>();
    for (int i = 0; i < MANY_ENTRIES; i++) {
      metadata.put("key-" + i + "-ключ", "value '" + i + "' \uD83D\uDE00".repeat(20));
    }
    assertComesBack(metadata);
  }

  private void assertComesBack(Map<String, String> metadata) {
    Sandbox sandbox = creating(account, NOON, metadata);
    store.insertCreating(sandbox);
    assertThat(store.find(account.id(), sandbox.id()))
        .hasValueSatisfying(found -> assertThat(found.metadata()).isEqualTo(metadata));
  }
}
