package io.omnirun.core.ports;

import io.omnirun.model.EgressEvent;
import io.omnirun.model.ErrorCode;
import java.time.Duration;

/**
 * Is told what the use cases do, to be counted. Calls return at once and never throw; nothing in
 * them names a sandbox or an account. Thread-safe.
 */
public interface Telemetry {
  /** Counts nothing. */
  Telemetry NONE =
      new Telemetry() {
        @Override
        public void sandboxCreated(String template, Duration took) {}

        @Override
        public void createFailed(String template, ErrorCode code) {}

        @Override
        public void commandEnded(Duration took) {}

        @Override
        public void egress(EgressEvent.Kind kind, EgressEvent.Outcome outcome, long count) {}
      };

  /** A sandbox runs. */
  void sandboxCreated(String template, Duration took);

  /** A sandbox could not be created, or was refused. */
  void createFailed(String template, ErrorCode code);

  /** A command that somebody waited for is over, however it ended. */
  void commandEnded(Duration took);

  /** So often guests asked something of the network, and that became of it. */
  void egress(EgressEvent.Kind kind, EgressEvent.Outcome outcome, long count);
}
