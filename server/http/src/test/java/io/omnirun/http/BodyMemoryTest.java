package io.omnirun.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bodies that are held before they are understood do not take all of a server's memory. */
@Timeout(60)
class BodyMemoryTest {
  private static final int HELD_BYTES = (int) JsonBody.DEFAULT_LIMIT_BYTES;
  private static final int FILLING = (int) (BodyMemory.LIMIT_BYTES / HELD_BYTES);

  private final CountDownLatch held = new CountDownLatch(FILLING);
  private final Router router =
      new Router()
          .add("POST", "/json", exchange -> echo(exchange))
          .add(
              "POST",
              "/kept",
              exchange -> {
                exchange.holdBody(HELD_BYTES);
                held.countDown();
                echo(exchange);
              });

  private static void echo(Exchange exchange) throws IOException {
    String text = exchange.readJson().requiredString("text");
    exchange.json(200, json -> json.writeString(text));
  }

  @Test
  void moreHalfSentBodiesThanFitAreRefusedAndTheirEndMakesRoom() throws Exception {
    List<RawConnection> halves = new ArrayList<>();
    try (TestServer server = new TestServer(router)) {
      for (int i = 0; i < FILLING; i++) {
        halves.add(server.connect().send(head() + "{\"text\":\"a\""));
      }
      assertThat(held.await(60, TimeUnit.SECONDS)).isTrue();
      HttpResponse<String> refused = server.post("/json", "{\"text\":\"b\"}");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.body()).contains("capacity_exhausted");

      RawConnection finished = halves.removeFirst();
      finished.send("}" + " ".repeat(HELD_BYTES - "{\"text\":\"a\"}".length()));
      assertThat(finished.readAnswer()).startsWith("HTTP/1.1 200 ");
      // The memory is free when the answer is complete, which is after its last byte has come.
      finished.send("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\"text\":\"a\"}");
      assertThat(finished.readAnswer()).startsWith("HTTP/1.1 200 ");
      finished.close();
      closeAll(halves);
    }
  }

  /** Before the server, which would wait for the rest of their requests. */
  private static void closeAll(List<RawConnection> connections) throws IOException {
    for (RawConnection connection : connections) {
      connection.close();
    }
  }

  private static String head() {
    return "POST /kept HTTP/1.1\r\nHost: a\r\nContent-Length: " + HELD_BYTES + "\r\n\r\n";
  }

  @Test
  void whatARequestHasNoUseForAnyMoreCountsNoMore() {
    BodyMemory memory = new BodyMemory();
    BodyShare first = new BodyShare(memory);
    BodyShare second = new BodyShare(memory);
    first.hold(BodyMemory.LIMIT_BYTES);
    assertThatThrownBy(() -> second.hold(2)).isInstanceOf(OmniRunException.class);
    first.keep(BodyMemory.LIMIT_BYTES - 2);
    second.hold(2);
    assertThatThrownBy(() -> second.hold(3)).isInstanceOf(OmniRunException.class);
    first.release();
    second.hold(3);
  }

  @Test
  void aBodyWithoutALengthCountsAsFarAsItHasCome() throws Exception {
    try (TestServer server = new TestServer(router);
        RawConnection client = server.connect()) {
      for (int i = 0; i <= FILLING; i++) {
        client.send("POST /json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        client.send("c\r\n{\"text\":\"a\"}\r\n0\r\n\r\n");
        assertThat(client.readAnswer()).startsWith("HTTP/1.1 200 ");
      }
    }
  }
}
