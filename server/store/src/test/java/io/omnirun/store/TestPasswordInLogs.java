package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.omnirun.model.Account;
import io.omnirun.testkit.postgres.TestingPostgresql;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TestPasswordInLogs {
  private final String url = TestingPostgresql.shared().newDatabaseUrl();
  private final ListAppender<ILoggingEvent> everything = new ListAppender<>();

  @SuppressWarnings("NullAway.Init")
  private Logger root;

  @SuppressWarnings("NullAway.Init")
  private Level levelBefore;

  @BeforeEach
  void logEverything() {
    root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    levelBefore = root.getLevel();
    root.setLevel(Level.TRACE);
    root.addAppender(everything);
    everything.start();
  }

  @AfterEach
  void logAsBefore() {
    root.setLevel(levelBefore);
    root.detachAppender(everything);
  }

  @Test
  void passwordIsInNoLineOfAWholeLifeNorOfARefusedOne() {
    try (Database database = Database.open(new DatabaseConfig(url))) {
      Account account = insertAccount(database, 1);
      database.sandboxes(NODE).insertCreating(creating(account));
      assertThat(catchThrowable(() -> database.sandboxes(NODE).insertCreating(creating(account))))
          .isNotNull();
    }
    String refusedUrl = url.replaceFirst("/[^/]+$", "/missing");
    assertThat(catchThrowable(() -> Database.open(new DatabaseConfig(refusedUrl)))).isNotNull();
    String password = ((PostgresqlEngine) DatabaseUrl.parse(url)).password();
    assertThat(lines())
        .anyMatch(line -> line.contains("postgresql"))
        .noneMatch(line -> line.contains(password));
  }

  private List<String> lines() {
    return List.copyOf(everything.list).stream()
        .map(event -> event.getFormattedMessage() + stackTrace(event))
        .toList();
  }

  private static String stackTrace(ILoggingEvent event) {
    return event.getThrowableProxy() == null
        ? ""
        : ThrowableProxyUtil.asString(event.getThrowableProxy());
  }
}
