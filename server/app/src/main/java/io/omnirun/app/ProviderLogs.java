package io.omnirun.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What the HTTP client of the providers of models would log: requests with their keys, answers. */
final class ProviderLogs {
  private static final List<String> OF_CONTENT =
      List.of("org.apache.hc.client5.http.wire", "org.apache.hc.client5.http.headers");

  private ProviderLogs() {}

  /** Turns it off, whatever the configuration of the log says: nobody is to read it there. */
  static void silence() {
    for (String name : OF_CONTENT) {
      ((Logger) LoggerFactory.getLogger(name)).setLevel(Level.OFF);
    }
  }
}
