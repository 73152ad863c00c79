package io.omnirun.app;

import io.omnirun.core.Audit;
import io.omnirun.core.Exposures;
import io.omnirun.core.Recurring;
import io.omnirun.core.Suspensions;
import io.omnirun.core.UseCases;
import io.omnirun.core.Vaults;
import io.omnirun.core.signin.AuthKeys;
import io.omnirun.core.signin.Housekeeping;
import io.omnirun.core.signin.SignIn;
import io.omnirun.mail.MailQueue;
import io.omnirun.mail.MailTransport;
import io.omnirun.mail.OutboxDirectory;
import io.omnirun.mail.SmtpConfig;
import io.omnirun.mail.SmtpConfig.Login;
import io.omnirun.mail.SmtpTransport;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.rest.Identity;
import io.omnirun.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Wires what tells callers apart: signing in, mails, suspensions. */
final class IdentityWiring {
  private static final Logger log = LoggerFactory.getLogger(IdentityWiring.class);

  private static final int MIN_SECRET_BYTES = 32;
  private static final Duration HOUSEKEEPING = Duration.ofMinutes(1);
  private static final Clock CLOCK = Clock.systemUTC();

  private final ServerConfig config;
  private final Database database;
  private final Resources resources;

  IdentityWiring(ServerConfig config, Database database, Resources resources) {
    this.config = config;
    this.database = database;
    this.resources = resources;
  }

  /** What it holds goes to the resources. */
  Identity wire(UseCases useCases, Vaults vaults, Audit audit, byte[] nodeSecret)
      throws IOException {
    AuthConfig auth = config.auth();
    SignIn signIn =
        new SignIn(
            new SignIn.Ports(
                database.signIns(),
                database.secondFactors(),
                database.accounts(),
                database.tokens(),
                resources.add(new MailQueue(transport(auth))),
                vaults::ensure,
                audit,
                CLOCK),
            new SignIn.Settings(
                auth.signUp(), auth.address().url().toString(), new AuthKeys(secret(nodeSecret))));
    return new Identity(
        useCases.authenticator(), useCases.accounts(), useCases.tokens(), signIn, auth.address());
  }

  /** To be called once what was running before is found again. */
  void beginChores(UseCases useCases, NodeId node) {
    Recurring chores = resources.add(new Recurring());
    chores.every(
        HOUSEKEEPING,
        "removing what is over",
        new Housekeeping(database.signIns(), database.secondFactors(), database.tokens(), CLOCK));
    chores.every(
        Exposures.PRUNING_INTERVAL, "forgetting old exposures", useCases.exposures()::prune);
    chores.every(
        Suspensions.INTERVAL,
        "looking for suspended accounts",
        new Suspensions(
            database.administration(), database.accounts(), useCases.sandboxes(), node));
  }

  private byte[] secret(byte[] nodeSecret) throws IOException {
    Optional<Path> file = config.auth().secretFile();
    byte[] secret = file.isPresent() ? Files.readAllBytes(file.get()) : nodeSecret;
    if (secret.length < MIN_SECRET_BYTES) {
      throw ServerConfig.invalid(
          ConfigKey.AUTH_SECRET_FILE.key(), "must name a file of at least 32 random bytes");
    }
    return secret;
  }

  private MailTransport transport(AuthConfig auth) throws IOException {
    if (auth.smtp().isPresent()) {
      return new SmtpTransport(smtp(auth.smtp().get()), CLOCK);
    }
    Path outbox = config.stateDir().resolve("outbox");
    log.info("mails go into the directory {}: mail.smtp names no server", outbox);
    return OutboxDirectory.in(outbox, CLOCK);
  }

  private static SmtpConfig smtp(AuthConfig.Smtp smtp) {
    return new SmtpConfig(
        smtp.server().getHostString(),
        smtp.server().getPort(),
        smtp.security(),
        smtp.user().map(user -> new Login(user, password(smtp.passwordFile()))),
        smtp.from());
  }

  private static String password(Optional<Path> file) {
    if (file.isEmpty()) {
      throw ServerConfig.invalid(ConfigKey.MAIL_PASSWORD_FILE.key(), "must be given with a user");
    }
    try {
      return Files.readString(file.get()).strip();
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the mail server's password file cannot be read", e);
    }
  }
}
