package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.EgressCounters;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressPage;
import java.net.Inet4Address;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NetworksTest {
  private static final String OPEN_POLICY =
      "{\"internet\":true,\"allowDomains\":[],\"denyDomains\":[],\"allowIPs\":[],\"denyIPs\":[],"
          + "\"sniProxy\":false,\"sniProxyLogOnly\":false}";

  private final RestServer server = new RestServer();

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  @Test
  void aPolicyMayStandInItsOwnObjectOrBesideIt() throws Exception {
    for (String body :
        List.of(
            "{\"sniProxy\":true,\"allowDomains\":[\"Example.COM.\"]}",
            "{\"network\":{\"sniProxy\":true,\"allowDomains\":[\"example.com\"]}}",
            "{\"sniProxy\":true,\"allowDomains\":[\"example.com\"],"
                + "\"network\":{\"allowDomains\":[\"example.com\"]}}")) {
      String id = server.create(body);
      assertThat(server.get("/sandboxes/" + id).body())
          .contains("\"allowDomains\":[\"example.com\"]", "\"sniProxy\":true")
          .doesNotContain("\"internet\":true");
    }
  }

  @Test
  void anAirGappedSandboxShowsNoPolicyAndAnOpenOneItsInternet() throws Exception {
    assertThat(server.get("/sandboxes/" + server.create("{}")).body())
        .doesNotContain("internet", "network");
    assertThat(server.get("/sandboxes/" + server.create("{\"internet\":true}")).body())
        .contains("\"internet\":true,\"network\":" + OPEN_POLICY);
  }

  @Test
  void whatIsNoPolicyIsRefusedAndNothingIsMade() throws Exception {
    for (String body :
        List.of(
            "{\"sniProxy\":true}",
            "{\"internet\":true,\"network\":{\"denyIps\":[\"1.1.1.1\"]}}",
            "{\"network\":{\"internet\":true}}",
            "{\"sniProxy\":true,\"allowDomains\":[]}",
            "{\"sniProxyLogOnly\":true,\"allowDomains\":[\"a.com\"]}",
            "{\"allowDomains\":[\"a.*.com\"]}",
            "{\"allowDomains\":[\"*\"]}",
            "{\"allowDomains\":[\"192.0.2.1\"]}",
            "{\"allowDomains\":[\"\"]}",
            "{\"allowIPs\":[\"example.com\"]}",
            "{\"allowIPs\":[\"192.0.2.1/24\"]}",
            "{\"denyIPs\":[\"::/0\"]}",
            "{\"denyIPs\":[\"1.2.3.4/33\"]}",
            "{\"allowIPs\":[\"1.1.1.1\"],\"network\":{\"allowIPs\":[\"8.8.8.8\"]}}",
            "{\"network\":{\"allowIPs\":[" + addresses(1_001) + "]}}")) {
      HttpResponse<String> answer = server.post("/sandboxes", body);
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).contains("\"code\":\"invalid_request\"");
    }
    assertThat(server.get("/sandboxes").body()).isEqualTo("[]");
    assertThat(server.guestNetwork.calls).isEmpty();
  }

  @Test
  void aChangeReplacesAllLists() throws Exception {
    String id = server.create("{\"internet\":true,\"denyIPs\":[\"192.0.2.0/24\"]}");
    HttpResponse<String> answer =
        server.post(
            policyOf(id), "{\"allowIPs\":[\"1.1.1.1\"],\"allowDomains\":[\"*.example.com\"]}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"internet\":true,\"allowDomains\":[\"*.example.com\"],\"denyDomains\":[],"
                + "\"allowIPs\":[\"1.1.1.1\"],\"denyIPs\":[],"
                + "\"sniProxy\":false,\"sniProxyLogOnly\":false}");
    assertThat(server.post(policyOf(id), "{}").body()).isEqualTo(OPEN_POLICY);
    assertThat(server.post(policyOf(id), "{\"allowIPs\":[" + addresses(1_000) + "]}").statusCode())
        .isEqualTo(200);
  }

  @Test
  void aChangeThatIsRefusedChangesNothing() throws Exception {
    String open = server.create("{\"internet\":true}");
    String proxied = server.create("{\"sniProxy\":true,\"allowDomains\":[\"example.com\"]}");
    assertRefused(
        400, "invalid_request", policyOf(open), "{\"sniProxy\":true,\"allowDomains\":[\"a.com\"]}");
    assertRefused(400, "invalid_request", policyOf(open), "{\"internet\":true}");
    HttpResponse<String> misspelled =
        server.post(policyOf(open), "{\"allowDomain\":[\"example.com\"]}");
    assertThat(misspelled.statusCode()).isEqualTo(400);
    assertThat(misspelled.body()).contains("allowDomain\\\" is not known here");
    assertRefused(400, "invalid_request", policyOf(open), "{\"allowIPs\":[\"x\"]}");
    assertRefused(
        400, "invalid_request", policyOf(open), "{\"denyIPs\":[" + addresses(10_000) + "]}");
    assertRefused(400, "invalid_request", policyOf(proxied), "{\"allowIPs\":[\"1.1.1.1\"]}");
    assertRefused(
        409, "sandbox_air_gapped", policyOf(server.create("{}")), "{\"allowIPs\":[\"1.1.1.1\"]}");
    assertRefused(404, "sandbox_not_found", policyOf("sb_" + "0".repeat(20)), "{}");
    assertThat(server.get("/sandboxes/" + open).body()).contains(OPEN_POLICY);
    assertThat(server.get("/sandboxes/" + proxied).body()).contains("[\"example.com\"]");
  }

  private void assertRefused(int status, String code, String path, String body) throws Exception {
    HttpResponse<String> answer = server.post(path, body);
    assertThat(answer.statusCode()).as(body).isEqualTo(status);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
  }

  @Test
  void theLogIsShownInPages() throws Exception {
    String id = server.create("{\"internet\":true}");
    EgressEvent event =
        new EgressEvent(
            EgressEvent.Kind.TLS,
            Optional.of("example.com"),
            Optional.of(Inet4Address.ofLiteral("192.0.2.7")),
            443,
            EgressEvent.Outcome.ALLOWED,
            EgressEvent.Reason.LISTED);
    EgressEntry entry = new EgressEntry(7, Instant.ofEpochSecond(1), event, Optional.empty());
    server.guestNetwork.page =
        new EgressPage(
            List.of(entry.ended(new EgressEntry.Transfer(10, 20))),
            true,
            new EgressCounters(1, 2, 10, 20));
    HttpResponse<String> answer = server.get("/sandboxes/" + id + "/egress?after=6&limit=1");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"entries\":[{\"seq\":7,\"at\":\"1970-01-01T00:00:01.000Z\",\"kind\":\"tls\","
                + "\"name\":\"example.com\",\"address\":\"192.0.2.7\",\"port\":443,"
                + "\"verdict\":\"allowed\",\"reason\":\"listed\",\"bytesUp\":10,\"bytesDown\":20}],"
                + "\"next\":7,\"total\":{\"allowed\":1,\"blocked\":2,\"bytesUp\":10,\"bytesDown\":20}}");
    assertThat(server.get("/sandboxes/" + id + "/egress?limit=1001").statusCode()).isEqualTo(400);
    assertThat(server.get("/sandboxes/" + id + "/egress?after=-1").statusCode()).isEqualTo(400);
    assertThat(server.get("/sandboxes/" + id + "/egress?after=4294967296").statusCode())
        .as("more than 32 bits")
        .isEqualTo(200);
  }

  @Test
  void aFlowShowsItsProtocol() throws Exception {
    String id = server.create("{\"internet\":true}");
    EgressEvent event =
        new EgressEvent(
            EgressEvent.Kind.FLOW,
            Optional.empty(),
            Optional.of(Inet4Address.ofLiteral("192.0.2.7")),
            0,
            EgressEvent.Outcome.BLOCKED,
            EgressEvent.Reason.FORBIDDEN_ADDRESS,
            Optional.of("icmp"));
    server.guestNetwork.page =
        new EgressPage(
            List.of(new EgressEntry(1, Instant.ofEpochSecond(1), event, Optional.empty())),
            false,
            new EgressCounters(0, 1, 0, 0));
    assertThat(server.get("/sandboxes/" + id + "/egress").body())
        .contains(
            "\"kind\":\"flow\",\"protocol\":\"icmp\",\"address\":\"192.0.2.7\",\"port\":0,"
                + "\"verdict\":\"blocked\",\"reason\":\"forbidden_address\"}");
  }

  private static String policyOf(String id) {
    return "/sandboxes/" + id + "/network-policy";
  }

  private static String addresses(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"11.0.%d.%d\"".formatted(i / 256, i % 256))
        .collect(Collectors.joining(","));
  }
}
