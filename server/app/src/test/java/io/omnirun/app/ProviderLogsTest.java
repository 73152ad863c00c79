package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class ProviderLogsTest {
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Level before = root.getLevel();

  @AfterEach
  void restore() {
    root.setLevel(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.apache.hc.client5.http.wire", "org.apache.hc.client5.http.headers"})
  void noLevelOfTheLogShowsWhatProvidersAreSent(String name) {
    root.setLevel(Level.ALL);
    ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.DEBUG);
    ProviderLogs.silence();
    assertThat(LoggerFactory.getLogger(name).isErrorEnabled()).isFalse();
  }

  /** They are the client's own: under other names they would be silenced in vain. */
  @Test
  void theClientHasLoggersOfTheseNames() throws Exception {
    Class<?> connection =
        Class.forName("org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection");
    assertThat(connection.getDeclaredFields())
        .extracting(java.lang.reflect.Field::getName)
        .contains("WIRE_LOG", "HEADER_LOG");
  }
}
