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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
          "tcp one under another mac",
          "tcp shared",
          "tcp wild",
          "udp example",
          "udp one",
          "udp fragmented",
          "udp fragmented by hand",
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
          "udp fragmented by hand",
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

  /** Every name, by the proxy. */
  private static final Set<String> WATCHED =
      Set.of(
          "name example",
          "name www",
          "name one",
          "name shared",
          "name allowed",
          "name wild",
          "name idn",
          "name by tcp",
          "http example",
          "http one",
          "http of a listed host rerouted",
          "tls example",
          "tls one",
          "tls shared",
          "tls allowed",
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
    proveThatThereIsSomethingToReach(neighbour);
  }

  /** What no guest is to reach answers those who may. */
  private void proveThatThereIsSomethingToReach(String neighbour) {
    for (String address : List.of("10.9.9.9", "172.20.0.9", "192.168.9.9", "169.254.169.254")) {
      requireNonNull(internet)
          .inHost("timeout", "30", "bash", "-c", "exec 3<>/dev/tcp/%s/7".formatted(address));
    }
    client()
        .output(
            neighbour,
            "until timeout 5 bash -c 'exec 3<>/dev/tcp/%s/7'; do sleep 0.2; done"
                .formatted(neighbourAddress));
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

  @Test
  void aProxyThatOnlyWatchesLetsEveryNameThroughAndSaysSo() {
    String sandbox =
        create(Map.of("sniProxy", true, "sniProxyLogOnly", true, "allowDomains", NAMES));
    assertThat(reached(sandbox)).containsExactlyInAnyOrderElementsOf(WATCHED);
    assertThat(egress(sandbox))
        .contains("tls allowed example.com listed", "tls logged one.test not_listed")
        .contains("dns allowed example.com listed", "dns logged one.test not_listed")
        .contains("tls blocked rebind.test forbidden_address");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void whatIsDeniedIsNotReachedWhateverElseIs() {
    assertReaches(
        create(
            Map.of(
                "internet",
                true,
                "network",
                Map.of(
                    "denyDomains",
                    List.of("one.test", "*.wild.test"),
                    "denyIPs",
                    List.of("93.184.216.35")))),
        without(
            OPEN,
            "name one",
            "name wild",
            "name by another server",
            "name by another server by tcp",
            "tcp one",
            "tcp one under another mac",
            "tcp shared",
            "udp one",
            "icmp one",
            "http one",
            "http of a listed host elsewhere",
            "tls one",
            "tls shared",
            "tls allowed",
            "tls of a listed name elsewhere"));
  }

  @Test
  void aPolicyHoldsAfterAChangeAPauseAndARestart() {
    String sandbox = create(Map.of("internet", true));
    client()
        .post("/sandboxes/" + sandbox + "/network-policy", Map.of("allowDomains", NAMES))
        .expect(200);
    assertThat(reached(sandbox)).as("after a change").containsExactlyInAnyOrderElementsOf(LISTED);
    client().post("/sandboxes/" + sandbox + "/pause", "").expect(200);
    client()
        .post("/sandboxes/" + sandbox + "/network-policy", Map.of())
        .expectError(409, "sandbox_paused");
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    assertThat(reached(sandbox)).as("after a pause").containsExactlyInAnyOrderElementsOf(LISTED);
    server().killServer();
    server().startServer();
    assertThat(reached(sandbox)).as("after a restart").containsExactlyInAnyOrderElementsOf(LISTED);
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void aChangeCutsOffWhatIsOpenAndNotAllowedAnyMore() {
    String sandbox = create(Map.of("internet", true));
    client().writeFile(sandbox, "/tmp/flows.py", resource("flows.py")).expect(200);
    client()
        .run(sandbox, Map.of("command", "python3 /tmp/flows.py", "background", true))
        .expect(200);
    client().output(sandbox, "until [ -e /tmp/open ]; do sleep 0.1; done");
    client()
        .post("/sandboxes/" + sandbox + "/network-policy", Map.of("allowIPs", List.of("1.1.1.1")))
        .expect(200);
    assertThat(
            client()
                .output(
                    sandbox,
                    "touch /tmp/go; until [ -s /tmp/done ]; do sleep 0.1; done; cat /tmp/done"))
        .isEqualTo("93.184.216.34 cut\n1.1.1.1 open");
    Awaitility.await("what was sent past the server is told, with why it was refused")
        .atMost(60, TimeUnit.SECONDS)
        .untilAsserted(
            () ->
                assertThat(flows(sandbox))
                    .contains(
                        "allowed tcp 93.184.216.34 7 open",
                        "allowed tcp 1.1.1.1 7 open",
                        "blocked tcp 93.184.216.34 7 not_listed"));
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  @Test
  void aSandboxWithoutALinkHasNoPolicyToChange() {
    String sandbox = create(Map.of());
    client()
        .post("/sandboxes/" + sandbox + "/network-policy", Map.of("allowIPs", List.of("1.1.1.1")))
        .expectError(409, "sandbox_air_gapped");
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private record Mode(String name, Map<String, ?> policy, Set<String> reached) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Mode> modes() {
    return Stream.of(
        new Mode("open", Map.of("internet", true), OPEN),
        new Mode("listed", Map.of("allowDomains", NAMES), LISTED),
        new Mode("proxied", Map.of("sniProxy", true, "allowDomains", NAMES), PROXIED),
        new Mode(
            "watched",
            Map.of("sniProxy", true, "sniProxyLogOnly", true, "allowDomains", NAMES),
            WATCHED));
  }

  @ParameterizedTest
  @MethodSource("modes")
  @Tag("long")
  void everyPolicyHoldsAfterAPauseAndARestart(Mode mode) {
    String sandbox = create(mode.policy());
    client().post("/sandboxes/" + sandbox + "/pause", "").expect(200);
    client().post("/sandboxes/" + sandbox + "/resume", "").expect(200);
    assertThat(reached(sandbox))
        .as("after a pause")
        .containsExactlyInAnyOrderElementsOf(mode.reached());
    server().killServer();
    server().startServer();
    assertThat(reached(sandbox))
        .as("after a restart")
        .containsExactlyInAnyOrderElementsOf(mode.reached());
    client().delete("/sandboxes/" + sandbox).expect(204);
  }

  private static Set<String> without(Set<String> all, String... some) {
    Set<String> rest = new HashSet<>(all);
    assertThat(rest).contains(some);
    rest.removeAll(Set.of(some));
    return rest;
  }

  private List<String> egress(String sandbox) {
    return entries(sandbox, "kind", "verdict", "name", "reason");
  }

  private List<String> flows(String sandbox) {
    return entries(sandbox, "verdict", "protocol", "address", "port", "reason");
  }

  private List<String> entries(String sandbox, String... fields) {
    List<String> entries = new ArrayList<>();
    client()
        .get("/sandboxes/" + sandbox + "/egress?limit=1000")
        .expect(200)
        .json()
        .path("entries")
        .forEach(
            entry ->
                entries.add(
                    Stream.of(fields)
                        .map(field -> entry.path(field).asText())
                        .collect(Collectors.joining(" "))));
    return entries;
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
    String api = server().url().getAuthority();
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

  private TestServer server() {
    return requireNonNull(server);
  }

  private ApiClient client() {
    return requireNonNull(client);
  }
}
