package io.omnirun.llm;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.Introduction;
import io.omnirun.http.LocalServerConfig;
import io.omnirun.http.Router;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCaller;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in of those that come out of a sandbox. */
@Timeout(60)
class GuestAuthenticationTest {
  private static final MachineId MACHINE = MachineId.random();
  private static final String KEY = "oml_key";
  private static final LlmCaller CALLER =
      LlmCaller.of(
          new Account(AccountId.random(), "owner", 1),
          SandboxId.random(),
          new LlmGrant(List.of(), LlmCap.NONE, LlmGrant.OnSpent.REFUSE));

  @TempDir Path folder;

  private final AtomicInteger uses = new AtomicInteger();
  private final AtomicInteger usesOver = new AtomicInteger();
  private final Router router = new Router();
  private Path socket;
  private HttpServer server;

  @BeforeEach
  void startServer() {
    GuestAuthentication authentication =
        new GuestAuthentication(
            GuestAuthenticationTest::caller,
            caller -> {
              uses.incrementAndGet();
              return usesOver::incrementAndGet;
            });
    router.add(
        "GET",
        "/llm/v1/models",
        authentication.required(
            (exchange, caller) ->
                exchange.json(
                    200, json -> json.writeString(caller.sandbox().orElseThrow().value()))));
    socket = folder.resolve("llm.sock");
    server =
        HttpServer.startLocal(LocalServerConfig.at(socket), router, (method, route, status) -> {});
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private static LlmCaller caller(MachineId machine, String key) {
    if (machine.equals(MACHINE) && key.equals(KEY)) {
      return CALLER;
    }
    throw new OmniRunException(ErrorCode.UNAUTHORIZED, "not this one");
  }

  private String ask(String machine, String headers) throws Exception {
    try (SocketChannel client = Introduction.connect(socket, machine)) {
      client.write(
          StandardCharsets.US_ASCII.encode(
              "GET /llm/v1/models HTTP/1.1\r\nHost: a\r\n"
                  + headers
                  + "Connection: close\r\n\r\n"));
      return new String(
          Channels.newInputStream(client).readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void theKeyOfTheMachinesSandboxIsLetInHoweverClientsSendIt() throws Exception {
    List<String> spellings =
        List.of(
            "Authorization: Bearer oml_key\r\n",
            "authorization: bearer  oml_key\r\n",
            "X-API-Key: oml_key\r\n",
            "x-api-key: oml_key\r\nAuthorization: Bearer oml_key\r\n",
            "x-api-key:\r\nAuthorization: Bearer oml_key\r\n");
    for (String headers : spellings) {
      assertThat(ask(MACHINE.value(), headers))
          .as(headers)
          .startsWith("HTTP/1.1 200")
          .contains(CALLER.sandbox().orElseThrow().value());
    }
    assertThat(uses).hasValue(spellings.size());
    // The answer is there before its handler has returned.
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> usesOver.get() == spellings.size());
  }

  @Test
  void nothingElseIs() throws Exception {
    for (String headers :
        List.of(
            "",
            "X-API-Key: oml_kez\r\n",
            "X-API-Key:\r\n",
            "Authorization: Basic oml_key\r\n",
            "Authorization: oml_key\r\n",
            "X-API-Key: oml_key\r\nAuthorization: Bearer oml_other\r\n")) {
      assertThat(ask(MACHINE.value(), headers))
          .as(headers)
          .startsWith("HTTP/1.1 401")
          .contains("WWW-Authenticate: Bearer")
          .contains("\"code\":\"unauthorized\"");
    }
    assertThat(uses).hasValue(0);
  }

  @Test
  void anotherMachineIsNotLetInByTheSameKey() throws Exception {
    for (String machine : List.of(MachineId.random().value(), "nobody", "")) {
      assertThat(ask(machine, "X-API-Key: oml_key\r\n")).startsWith("HTTP/1.1 401");
    }
  }

  /** Were these routes on a server that anybody reaches, nobody would be let in there. */
  @Test
  void theKeyAloneSaysNothing() throws Exception {
    try (HttpServer open = HttpServer.start(HttpServerConfig.at("127.0.0.1", 0), router);
        HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + open.port() + "/llm/v1/models"))
                  .header("X-API-Key", KEY)
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(401);
    }
  }
}
