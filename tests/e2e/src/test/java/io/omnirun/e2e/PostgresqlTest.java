package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.testkit.postgres.TestingPostgresql;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresqlTest {
  @Test
  void serverOnPostgresqlKeepsItsSandboxesThroughAKill() {
    String url = TestingPostgresql.shared().newDatabaseUrl();
    try (TestServer server = TestServer.start(Map.of("database.url", url))) {
      ApiClient client = server.client();
      String id = client.createSandbox();
      server.killServer();
      server.startServer();
      assertThat(client.output(id, "echo alive")).isEqualTo("alive");
      client.delete("/sandboxes/" + id).expect(204);
      client.get("/sandboxes/" + id).expectError(404, "sandbox_not_found");
    }
  }
}
