package io.omnirun.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real TLS to a real server: what is sent, and to whom nothing is. */
@Timeout(120)
class WebhookTlsTest {
  @TempDir Path directory;
  private TlsIdentity receiverIdentity;

  @BeforeEach
  void createIdentity() throws Exception {
    receiverIdentity = TlsIdentity.create(directory.resolve("receiver.p12"), "ip:127.0.0.1");
  }

  @Test
  void aReceiverWithACertificateForItsNameGetsTheEvent() throws Exception {
    try (Receiver receiver = start(receiverIdentity);
        WebhookSender sender = new WebhookSender(true, receiverIdentity.client())) {
      assertThat(receiver.url("127.0.0.1")).startsWith("https://");
      assertThat(post(sender, receiver)).isEmpty();
      assertThat(receiver.received.take().body()).isEqualTo("{\"sent\":\"safely\"}");
    }
  }

  @Test
  void oneThatNobodyVouchesForGetsNothing() throws Exception {
    try (Receiver receiver = start(receiverIdentity);
        WebhookSender sender = new WebhookSender(true)) {
      assertThat(post(sender, receiver)).contains("the receiver could not be reached");
      assertThat(receiver.received).isEmpty();
    }
  }

  @Test
  void oneWithTheCertificateOfAnotherGetsNothing() throws Exception {
    TlsIdentity other = TlsIdentity.create(directory.resolve("other.p12"), "dns:other.example");
    try (Receiver receiver = start(other);
        WebhookSender sender = new WebhookSender(true, other.client())) {
      assertThat(post(sender, receiver)).contains("the receiver could not be reached");
      assertThat(receiver.received).isEmpty();
    }
  }

  private static Receiver start(TlsIdentity identity) throws Exception {
    return Receiver.overTls(Receiver.status(204), identity.server());
  }

  private static Optional<String> post(WebhookSender sender, Receiver receiver) throws Exception {
    return sender.post(
        receiver.url("127.0.0.1"),
        Map.of("X-OmniRun-Event", "sandbox.created"),
        "{\"sent\":\"safely\"}".getBytes(StandardCharsets.UTF_8));
  }
}
