package io.omnirun.machine;

import io.omnirun.model.ProcessRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Translates what the agent tells of processes. */
final class ProcessRecords {
  private ProcessRecords() {}

  static ProcessRecord of(io.omnirun.guest.proto.v1.ProcessRecord told) {
    return new ProcessRecord(
        told.getHandle(),
        commandLine(told.getCmd(), told.getArgsList()),
        told.getRunning(),
        told.getRunning() ? OptionalInt.empty() : OptionalInt.of(told.getExitCode()),
        TailText.of(told.getStdout(), told.getStdoutTruncated()),
        TailText.of(told.getStderr(), told.getStderrTruncated()),
        told.getStdoutTruncated() || told.getStderrTruncated(),
        Instant.ofEpochMilli(told.getStartedAtUnixMs()),
        told.getEndedAtUnixMs() == 0
            ? Optional.empty()
            : Optional.of(Instant.ofEpochMilli(told.getEndedAtUnixMs())));
  }

  /** What the caller asked for: the shell around it is ours. */
  private static String commandLine(String cmd, List<String> args) {
    if (args.size() == 2 && args.getFirst().equals("-c")) {
      return args.getLast();
    }
    return args.isEmpty() ? cmd : cmd + " " + String.join(" ", args);
  }
}
