package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.postgres.SilentRelay;
import io.omnirun.testkit.postgres.TestingPostgresql;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.TestServer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two servers share a database, which one of them loses. */
class TwoServersTest {
  private static final Duration PROMISED = Duration.ofSeconds(1);

  /** For an answer when the database is silent. */
  private static final Duration PROMISED_ANSWER = Duration.ofSeconds(10);

  @Test
  void tokenRevokedOnOneOpensNothingOnTheOtherAfterASecondAlsoWithoutTheDatabase() {
    String url = TestingPostgresql.shared().newDatabaseUrl();
    try (SilentRelay relay = SilentRelay.to(url);
        TestServer one = TestServer.start(Map.of("database.url", url));
        TestServer other = TestServer.start(Map.of("database.url", relay.url()))) {
      ApiClient owner = one.clientOfNewAccount(1);
      Key first = Key.of(owner);
      assertStops(first.at(other), 401, "unauthorized", () -> first.revoke(owner));

      Key second = Key.of(owner);
      assertStops(
          second.at(other),
          503,
          "database_unavailable",
          () -> {
            relay.silence();
            second.revoke(owner);
          });

      relay.speak();
      ApiClient elsewhere = new ApiClient(other.url(), owner.apiKey());
      elsewhere.get("/auth/me").expect(200);
      second.at(other).get("/auth/me").expectError(401, "unauthorized");
    }
  }

  private record Key(String id, String text) {
    static Key of(ApiClient owner) {
      Reply made = owner.post("/auth/tokens", Map.of("name", "test")).expect(201);
      return new Key(made.text("id"), made.text("token"));
    }

    ApiClient at(TestServer server) {
      return new ApiClient(server.url(), text);
    }

    void revoke(ApiClient owner) {
      owner.delete("/auth/tokens/" + id).expect(204);
    }
  }

  /** The call asks the database for nothing but whose key it is. */
  private static Reply ask(ApiClient client) {
    return client.post("/sandboxes", Map.of("template", "none"));
  }

  private static void assertStops(ApiClient client, int status, String code, Runnable change) {
    ask(client).expect(404);
    change.run();
    long changedNanos = System.nanoTime();
    long lastGoodNanos = changedNanos;
    long begunNanos = System.nanoTime();
    Reply reply = ask(client);
    while (reply.status() == 404) {
      lastGoodNanos = begunNanos;
      begunNanos = System.nanoTime();
      reply = ask(client);
    }
    reply.expectError(status, code);
    assertThat(Duration.ofNanos(lastGoodNanos - changedNanos)).isLessThanOrEqualTo(PROMISED);
    assertThat(Duration.ofNanos(System.nanoTime() - begunNanos))
        .isLessThanOrEqualTo(PROMISED_ANSWER);
  }
}
