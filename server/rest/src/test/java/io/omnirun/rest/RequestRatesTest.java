package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.AuditAction;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestRatesTest {
  /** A burst of ten seconds at one request a second, and those that come in while it lasts. */
  private static final int MORE_THAN_A_BURST = 500;

  private final RestServer server = new RestServer();

  @AfterEach
  void closeServer() throws Exception {
    server.close();
  }

  @Test
  void tokenThatSendsTooMuchIsToldWhenToComeAgain() throws Exception {
    String key = server.keyWithRate(1);
    int served = 0;
    HttpResponse<String> answer = list(key);
    while (answer.statusCode() == 200 && served < MORE_THAN_A_BURST) {
      served++;
      answer = list(key);
    }
    assertThat(served).isBetween(RequestRates.BURST_SECONDS, MORE_THAN_A_BURST - 1);
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(RestServer.json(answer).path("code").asText()).isEqualTo("rate_limit");
    assertThat(answer.headers().firstValueAsLong("Retry-After").orElseThrow()).isBetween(1L, 2L);
    assertThat(server.get("/sandboxes").statusCode()).isEqualTo(200);
    assertThat(server.auditLog.all())
        .anySatisfy(entry -> assertThat(entry.action()).isEqualTo(AuditAction.LIMIT));
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> list(key).statusCode() == 200);
  }

  @Test
  void accountWithoutAnyRequestsIsRefused() throws Exception {
    HttpResponse<String> answer = list(server.keyWithRate(0));
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(RestServer.json(answer).path("code").asText()).isEqualTo("rate_limit");
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("3600");
  }

  private HttpResponse<String> list(String key) throws Exception {
    return server.send(server.requestWithoutKey("/sandboxes").header("X-API-Key", key));
  }
}
