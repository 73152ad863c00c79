package io.omnirun.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.mail.SmtpConfig.Login;
import io.omnirun.mail.SmtpConfig.Security;
import io.omnirun.model.EmailAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real SMTP server in this process. */
class SmtpTransportTest {
  private static final Mail MAIL =
      new Mail(new EmailAddress("ada@example.org"), "Grüße", "Zeile eins\n\n    123456\n");

  private final GreenMail server =
      new GreenMail(
          new ServerSetup[] {
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP),
            new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTPS)
          });

  @BeforeEach
  void start() {
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop();
  }

  @Test
  void mailArrivesAsItWasWritten() throws Exception {
    transport(Security.NONE, server.getSmtp().getPort(), Map.of()).deliver(MAIL);
    assertArrived();
  }

  @Test
  void mailArrivesOverTls() throws Exception {
    transport(
            Security.TLS,
            server.getSmtps().getPort(),
            Map.of("mail.smtp.ssl.trust", "*", "mail.smtp.ssl.checkserveridentity", "false"))
        .deliver(MAIL);
    assertArrived();
  }

  private void assertArrived() throws Exception {
    assertThat(server.getReceivedMessages()).hasSize(1);
    MimeMessage received = server.getReceivedMessages()[0];
    assertThat(received.getSubject()).isEqualTo("Grüße");
    assertThat(received.getContent().toString().replace("\r\n", "\n").strip())
        .isEqualTo(MAIL.text().strip());
    assertThat(received.getFrom()[0]).hasToString("omnirun@example.org");
    assertThat(received.getAllRecipients()).hasSize(1);
    assertThat(received.getAllRecipients()[0]).hasToString("ada@example.org");
  }

  @Test
  void serverWithACertificateThatNobodySignedGetsNothing() {
    assertThatThrownBy(
            () -> transport(Security.TLS, server.getSmtps().getPort(), Map.of()).deliver(MAIL))
        .isInstanceOf(IOException.class);
    assertThat(server.getReceivedMessages()).isEmpty();
  }

  @Test
  void serverThatOffersNoTlsGetsNothingWhereTlsIsWanted() {
    assertThatThrownBy(
            () -> transport(Security.STARTTLS, server.getSmtp().getPort(), Map.of()).deliver(MAIL))
        .isInstanceOf(IOException.class);
    assertThat(server.getReceivedMessages()).isEmpty();
  }

  @Test
  void passwordIsShownToTheServerAndToNobodyElse() throws Exception {
    server.setUser("omnirun@example.org", "mailer", "secret");
    deliverAs(new Login("mailer", "secret"));
    assertThat(server.getReceivedMessages()).hasSize(1);
    assertThatThrownBy(() -> deliverAs(new Login("mailer", "wrong")))
        .isInstanceOf(IOException.class);
    assertThat(server.getReceivedMessages()).hasSize(1);
    assertThat(new Login("mailer", "secret").toString()).doesNotContain("secret");
  }

  private void deliverAs(Login login) throws IOException {
    new SmtpTransport(
            config(Security.NONE, server.getSmtp().getPort(), Optional.of(login)),
            Clock.systemUTC())
        .deliver(MAIL);
  }

  @Test
  void serverThatIsNotThereIsAFailure() {
    int port = server.getSmtp().getPort();
    server.stop();
    assertThatThrownBy(() -> transport(Security.NONE, port, Map.of()).deliver(MAIL))
        .isInstanceOf(IOException.class);
  }

  private static SmtpTransport transport(Security security, int port, Map<String, String> extra) {
    return new SmtpTransport(config(security, port, Optional.empty()), Clock.systemUTC(), extra);
  }

  private static SmtpConfig config(Security security, int port, Optional<Login> login) {
    return new SmtpConfig(
        "127.0.0.1", port, security, login, new EmailAddress("omnirun@example.org"));
  }
}
