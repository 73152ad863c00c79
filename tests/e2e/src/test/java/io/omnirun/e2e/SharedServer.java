package io.omnirun.e2e;

import static java.util.Objects.requireNonNull;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A test class whose methods share one server, with an account that no limit gets in the way of.
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class SharedServer {
  /** More than any class here has at a time. */
  private static final int PLENTY = 50;

  @RegisterExtension final LogOfFailure logOfFailure = new LogOfFailure(this::logs);

  private @Nullable TestServer server;
  private @Nullable ApiClient client;

  @BeforeAll
  void startServer() {
    server = newServer();
    client = server().clientOfNewAccount(PLENTY);
  }

  @AfterAll
  void closeServer() {
    if (server != null) {
      server.close();
    }
  }

  /** Starts the server, which this class closes. */
  TestServer newServer() {
    return TestServer.start(settings());
  }

  /** What is shown beside a failure. */
  String logs() {
    return server().serverLog();
  }

  /** Of the server, on top of the tests' own. */
  Map<String, String> settings() {
    return Map.of();
  }

  TestServer server() {
    return requireNonNull(server);
  }

  ApiClient client() {
    return requireNonNull(client);
  }
}
