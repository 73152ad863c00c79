package io.omnirun.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.mail.SmtpConfig.Login;
import io.omnirun.mail.SmtpConfig.Security;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.Map;
import java.util.Properties;

/** Mails by SMTP, each over a connection of its own. */
public final class SmtpTransport implements MailTransport {
  /** A server that says nothing for so long has no time for us. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final SmtpConfig config;
  private final Clock clock;
  private final Session session;

  public SmtpTransport(SmtpConfig config, Clock clock) {
    this(config, clock, Map.of());
  }

  /**
   * @param extra settings of the library on top
   */
  SmtpTransport(SmtpConfig config, Clock clock, Map<String, String> extra) {
    this.config = config;
    this.clock = clock;
    Properties properties = properties(config);
    properties.putAll(extra);
    this.session = Session.getInstance(properties);
  }

  /** The library checks no certificate's name and uses no TLS unless it is told to. */
  private static Properties properties(SmtpConfig config) {
    String patience = Long.toString(PATIENCE.toMillis());
    Properties properties = new Properties();
    properties.put("mail.smtp.connectiontimeout", patience);
    properties.put("mail.smtp.timeout", patience);
    properties.put("mail.smtp.writetimeout", patience);
    properties.put("mail.smtp.ssl.checkserveridentity", "true");
    properties.put("mail.smtp.ssl.enable", is(config, Security.TLS));
    properties.put("mail.smtp.starttls.enable", is(config, Security.STARTTLS));
    properties.put("mail.smtp.starttls.required", is(config, Security.STARTTLS));
    properties.put("mail.smtp.auth", Boolean.toString(config.login().isPresent()));
    return properties;
  }

  private static String is(SmtpConfig config, Security security) {
    return Boolean.toString(config.security() == security);
  }

  @Override
  public void deliver(Mail mail) throws IOException {
    try {
      MimeMessage message = message(mail);
      try (Transport transport = session.getTransport("smtp")) {
        transport.connect(
            config.host(),
            config.port(),
            config.login().map(Login::user).orElse(null),
            config.login().map(Login::password).orElse(null));
        transport.sendMessage(message, message.getAllRecipients());
      }
    } catch (MessagingException e) {
      throw new IOException("the mail server did not take a mail", e);
    }
  }

  private MimeMessage message(Mail mail) throws MessagingException {
    MimeMessage message = new MimeMessage(session);
    message.setFrom(new InternetAddress(config.from().value(), true));
    message.setRecipient(Message.RecipientType.TO, new InternetAddress(mail.to().value(), true));
    message.setSubject(mail.subject(), UTF_8.name());
    message.setText(mail.text(), UTF_8.name());
    message.setSentDate(Date.from(clock.instant()));
    // Says to other programs that nobody wants an answer, an absence notice say (RFC 3834).
    message.setHeader("Auto-Submitted", "auto-generated");
    message.saveChanges();
    return message;
  }
}
