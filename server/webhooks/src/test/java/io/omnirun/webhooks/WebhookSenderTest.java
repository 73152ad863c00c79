package io.omnirun.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receivers are hostile, and so are those who name them. */
class WebhookSenderTest {
  private static final byte[] BODY = "{}".getBytes(StandardCharsets.UTF_8);

  private final WebhookSender strict = new WebhookSender(false);
  private final WebhookSender lenient = new WebhookSender(true);

  @AfterEach
  void close() {
    strict.close();
    lenient.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "2130706433", "0.0.0.0", "[::ffff:127.0.0.1]"})
  void nothingIsSentToAnAddressThatIsNotPublicHoweverItIsNamed(String host) throws Exception {
    try (Receiver receiver = new Receiver(Receiver.status(204))) {
      assertThat(post(strict, receiver.url(host))).isPresent();
      assertThat(receiver.received).isEmpty();
    }
  }

  @Test
  void refusalOfAnAddressSaysSo() throws Exception {
    assertThat(post(strict, "http://localhost:1/"))
        .contains("the URL does not lead to the public internet");
  }

  @Test
  void redirectIsNotFollowed() throws Exception {
    try (Receiver target = new Receiver(Receiver.status(204));
        Receiver receiver =
            new Receiver(
                exchange -> {
                  exchange.getResponseHeaders().set("Location", target.url("127.0.0.1"));
                  exchange.sendResponseHeaders(307, -1);
                })) {
      assertThat(post(lenient, receiver.url("127.0.0.1")))
          .contains("the receiver answered with status 307");
      assertThat(target.received).isEmpty();
      assertThat(receiver.received).hasSize(1);
    }
  }

  @Test
  void receiverThatTalksWithoutEndHasTakenItAndIsNotHeardOut() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    try (Receiver receiver =
        new Receiver(
            exchange -> {
              exchange.sendResponseHeaders(200, 0);
              byte[] noise = new byte[64 * 1024];
              while (sent.addAndGet(noise.length) < 1_000_000_000) {
                exchange.getResponseBody().write(noise);
              }
            })) {
      assertThat(post(lenient, receiver.url("127.0.0.1"))).isEmpty();
      assertThat(sent.get()).isLessThan(100_000_000);
    }
  }

  @Test
  void receiverThatIsNotThereIsAProblem() throws Exception {
    assertThat(post(lenient, "http://127.0.0.1:1/")).contains("the receiver could not be reached");
  }

  private static Optional<String> post(WebhookSender sender, String url) throws Exception {
    return sender.post(url, Map.of("X-OmniRun-Event", "sandbox.created"), BODY);
  }
}
