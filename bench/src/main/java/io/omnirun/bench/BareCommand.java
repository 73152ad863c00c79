package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartRequest;
import java.util.Optional;

/** A command through a shell, by the agent's own API and nothing else. */
final class BareCommand {
  /** What the API sends with a command that names none: the same is asked of the agent. */
  private static final long TIMEOUT_MS = 60_000;

  private BareCommand() {}

  static void run(AgentClient agent) {
    run(agent, "true");
  }

  static void run(AgentClient agent, String line) {
    StartRequest request =
        StartRequest.newBuilder()
            .setProcess(ProcessConfig.newBuilder().setCmd("/bin/bash").addArgs("-c").addArgs(line))
            .setUser("root")
            .setTimeoutMs(TIMEOUT_MS)
            .setStdin(false)
            .setEndAtExit(true)
            .build();
    try (ProcessStream stream = agent.start(request)) {
      Optional<ProcessEvent> event = stream.next();
      while (event.isPresent()) {
        event = stream.next();
      }
    }
  }
}
