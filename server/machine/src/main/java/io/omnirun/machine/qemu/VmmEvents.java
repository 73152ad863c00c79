package io.omnirun.machine.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.Consumer;

/**
 * Warns of what a VMM reports and nobody asked for: disk requests that the host could not serve,
 * and vCPUs that stand still. Thread-safe.
 */
final class VmmEvents {
  private final String machine;
  private final Consumer<String> warning;
  private volatile boolean stopExpected;
  private long failedRequests;

  /**
   * @param machine is named in every warning
   */
  VmmEvents(String machine, Consumer<String> warning) {
    this.machine = machine;
    this.warning = warning;
  }

  /** Says before each command that stops the vCPUs, or lets them run, which of both it does. */
  void expectStop(boolean expected) {
    stopExpected = expected;
  }

  /** Takes one event of QMP. */
  void accept(JsonNode event) {
    switch (event.path("event").asText()) {
      case "BLOCK_IO_ERROR" -> diskRequestFailed(event.path("data"));
      case "STOP" -> stopped();
      default -> {}
    }
  }

  private synchronized void diskRequestFailed(JsonNode data) {
    failedRequests++;
    // Every time their number has doubled: a guest that goes on writing must not fill our log.
    if (Long.bitCount(failedRequests) == 1) {
      warning.accept(
          "machine %s: the host failed disk request number %d (%s): %s"
              .formatted(
                  machine,
                  failedRequests,
                  data.path("operation").asText(),
                  data.path("reason").asText()));
    }
  }

  private void stopped() {
    if (!stopExpected) {
      warning.accept("machine %s: its virtual CPUs were stopped by the VMM".formatted(machine));
    }
  }
}
