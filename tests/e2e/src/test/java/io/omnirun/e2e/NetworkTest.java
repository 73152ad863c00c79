package io.omnirun.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.testkit.network.TestInternet;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a real guest reaches of a test's internet under each policy: the same attempts every time
 * ({@code network/attempts.py}), and the names of those that are to succeed.
 */
@TestInstance(Lifecycle.PER_CLASS)
class NetworkTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Set<String> OPEN =
      Set.of(
          "name example",
          "name www",
          "name one",
          "name shared",
          "name allowed",
          "name wild",
          "name idn",
          "name that leads to a private network",
          "name that leads to metadata",
          "name by tcp",
          "name by another server",
          "name by another server by tcp",
          "tcp example",
          "tcp one",
          "tcp shared",
          "tcp wild",
          "udp example",
          "udp one",
          "udp fragmented",
          "udp quic",
          "icmp example",
          "icmp one",
          "http example",
          "http one",
          "http by address",
          "http of a listed host elsewhere",
          "tls example",
          "tls one",
          "tls shared",
          "tls allowed",
          "tls wild",
          "tls upper case",
          "tls without a name",
          "tls another port",
          "tls of a listed name elsewhere",
          "tls of another name at a listed address");

  /** {@code example.com} and {@code *.wild.test}, and what is at their addresses. */
  private static final Set<String> LISTED =
      Set.of(
          "name example",
          "name wild",
          "name by tcp",
          "tcp example",
          "tcp wild",
          "udp example",
          "udp fragmented",
          "udp quic",
          "icmp example",
          "http example",
          "http by address",
          "tls example",
          "tls wild",
          "tls upper case",
          "tls without a name",
          "tls another port",
          "tls of another name at a listed address");

  private static final Set<String> PROXIED =
      Set.of(
          "name example",
          "name wild",
          "name by tcp",
          "http example",
          "http of a listed host rerouted",
          "tls example",
          "tls wild",
          "tls upper case",
          "tls of a listed name rerouted",
          "tls of a listed name rerouted from a private network");

  /** Names that lead where no guest goes are listed, too. */
  private static final List<String> NAMES =
      List.of(
          "example.com",
          "*.wild.test",
          "rebind.test",
          "metadata.test",
          "loopback.test",
          "host.test");

  private @Nullable TestInternet internet;
  private @Nullable TestServer server;
  private @Nullable ApiClient client;
  private String neighbourAddress = "";

  @RegisterExtension
  final LogOfFailure logOfFailure = new LogOfFailure(() -> requireNonNull(server).serverLog());

  @BeforeAll
  void start() {
    internet = TestInternet.start();
    server = TestServer.start(Map.of("network.resolvers", TestInternet.NAME_SERVER), internet);
    client = server.clientOfNewAccount(9);
    String neighbour = create(Map.of("internet", true));
    neighbourAddress = address(neighbour);
    client().writeFile(neighbour, "/tmp/echo.py", resource("echo.py"));
    client()
        .run(neighbour, Map.of("command", "python3 /tmp/echo.py", "background", true))
        .expect(200);
  }

  @AfterAll
  void stop() {
    try (TestInternet _ = internet;
        TestServer _ = server) {
      client = null;
    }
  }

  @Test
  void anAirGappedGuestReachesNothing() {
    assertReaches(create(Map.of()), Set.of());
  }

  @Test
  void anOpenGuestReachesTheInternetAndNothingBesideIt() {
    assertReaches(create(Map.of("internet", true)), OPEN);
  }

  @Test
  void namesThatAreListedAreAllThatIsReached() {
    assertReaches(create(Map.of("allowDomains", NAMES)), LISTED);
  }

  @Test
  void aProxiedGuestReachesListedServersByTheirNames() {
    assertReaches(create(Map.of("sniProxy", true, "allowDomains", NAMES)), PROXIED);
  }

  private void assertReaches(String sandbox, Set<String> wanted) {
    assertThat(reached(sandbox)).containsExactlyInAnyOrderElementsOf(wanted);
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private String create(Map<String, ?> policy) {
    return client().createSandbox(policy);
  }

  private Set<String> reached(String sandbox) {
    client().writeFile(sandbox, "/tmp/attempts.py", resource("attempts.py"));
    String output =
        client().output(sandbox, "python3 /tmp/attempts.py '%s'".formatted(addresses(sandbox)));
    return output.lines().collect(Collectors.toSet());
  }

  private String addresses(String sandbox) {
    String own = address(sandbox);
    String api = requireNonNull(server).url().getAuthority();
    try {
      return JSON.writeValueAsString(
          Map.of(
              "neighbour",
              neighbourAddress,
              "gateway",
              own.isEmpty() ? "100.64.0.1" : lastDecremented(own),
              "services",
              "100.64.64.1",
              "router",
              "100.64.64.2",
              "host",
              TestInternet.HOST_ADDRESS,
              "api",
              Stream.of(api.split(":")).toList()));
    } catch (IOException e) {
      throw new IllegalStateException("no JSON", e);
    }
  }

  private static String lastDecremented(String address) {
    int dot = address.lastIndexOf('.') + 1;
    return address.substring(0, dot) + (Integer.parseInt(address.substring(dot)) - 1);
  }

  private String address(String sandbox) {
    return client()
        .output(
            sandbox, "ip -4 -o address show dev eth0 | sed -n 's|.*inet \\([0-9.]*\\)/.*|\\1|p'");
  }

  private static String resource(String name) {
    try (InputStream stream =
        requireNonNull(NetworkTest.class.getResourceAsStream("/network/" + name))) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(name + " cannot be read", e);
    }
  }

  private ApiClient client() {
    return requireNonNull(client);
  }
}
