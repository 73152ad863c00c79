package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AuditEntry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuditTest {
  private RestServer server;

  @BeforeEach
  void startServer() {
    server = new RestServer(1);
  }

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void limitThatRefusedIsWrittenDownOnceAMinute() throws Exception {
    server.create("{}");
    for (int i = 0; i < 5; i++) {
      assertThat(server.post("/sandboxes", "{}").statusCode()).isEqualTo(429);
    }
    assertThat(server.post("/sandboxes", "{\"template\":\"none\"}").statusCode()).isEqualTo(404);
    HttpResponse<String> answer = server.get("/audit");
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonNode entries = RestServer.json(answer);
    assertThat(entries).hasSize(1);
    JsonNode entry = entries.get(0);
    assertThat(entry.get("action").textValue()).isEqualTo("limit");
    assertThat(entry.get("resource").textValue()).isEqualTo("concurrent_limit");
    assertThat(entry.get("outcome").textValue()).isEqualTo("refused");
    assertThat(entry.get("address").textValue()).isEqualTo(server.network);
    assertThat(entry.get("actor").textValue()).startsWith("acc_");
    assertThat(entry.get("detail").textValue()).isEqualTo("concurrent sandbox limit reached");
    HttpResponse<String> others =
        server.send(server.requestWithoutKey("/audit").header("X-API-Key", server.otherKey));
    assertThat(others.body()).isEqualTo("[]");
  }

  @Test
  void everybodysEntriesAreForAdministrators() throws Exception {
    HttpResponse<String> refused = server.get("/audit?all=true");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(RestServer.json(refused).get("code").textValue()).isEqualTo("permission_denied");
    assertThat(server.get("/audit?all=false").statusCode()).isEqualTo(200);
    assertThat(server.get("/audit?all=yes").statusCode()).isEqualTo(400);
  }

  @Test
  void pagesGoOnUntilThereIsNoMore() throws Exception {
    List<String> written = new ArrayList<>();
    server.get("/vault/credentials");
    AuditEntry first = server.auditLog.list(ownQuery()).getFirst();
    written.add(first.id().value());
    for (int i = 1; i < 5; i++) {
      AuditEntry later =
          AuditEntry.of(
              first.at().plus(Duration.ofSeconds(i)),
              first.account().orElseThrow(),
              first.origin(),
              first.action(),
              "resource",
              first.outcome());
      server.auditLog.record(later);
      written.addFirst(later.id().value());
    }
    List<String> read = new ArrayList<>();
    String token = "";
    do {
      HttpResponse<String> page = server.get("/audit?limit=2&next_token=" + token);
      RestServer.json(page).forEach(entry -> read.add(entry.get("id").textValue()));
      token = page.headers().firstValue("x-next-token").orElse("");
    } while (!token.isEmpty());
    assertThat(read).isEqualTo(written);
    HttpResponse<String> exact = server.get("/audit?limit=5");
    assertThat(exact.headers().firstValue("x-next-token")).isEmpty();
    String moment = first.at().plusSeconds(2).toString();
    assertThat(RestServer.json(server.get("/audit?resource=resource&since=" + moment))).hasSize(3);
    assertThat(RestServer.json(server.get("/audit?until=" + moment))).hasSize(2);
    assertThat(RestServer.json(server.get("/audit?action=vault.list&outcome=success"))).hasSize(5);
    assertThat(server.get("/audit?action=limit").body()).isEqualTo("[]");
  }

  private AuditQuery ownQuery() {
    return AuditQuery.newest(1).of(server.accountId());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "limit=0|limit",
        "limit=1001|limit",
        "limit=x|limit",
        "action=sandbox.explode|sandbox.create",
        "outcome=good|success, refused, failed",
        "since=yesterday|since",
        "until=2026-03-01|until",
        "since=+999999999-01-01T00:00:00Z|since",
        "next_token=abc|next_token",
        "next_token=aud_|next_token",
        "resource=|resource",
        "resource=a%00b|NUL"
      })
  void whatIsWrongIsNamed(String query, String message) throws Exception {
    HttpResponse<String> answer = server.get("/audit?" + query);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(RestServer.json(answer).get("message").textValue()).contains(message);
  }

  @Test
  void timesFarAwayAreNoFault() throws Exception {
    Instant far = Instant.parse("9999-12-31T23:59:59Z");
    assertThat(server.get("/audit?since=0001-01-01T00:00:00Z&until=" + far).statusCode())
        .isEqualTo(200);
    assertThat(server.send(server.requestWithoutKey("/audit")).statusCode()).isEqualTo(401);
  }
}
