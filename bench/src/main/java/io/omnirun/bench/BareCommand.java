package io.omnirun.bench;

import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartRequest;
import java.util.Optional;

/** {@code true} through a shell, by the agent's own API and nothing else. */
final class BareCommand {
  private BareCommand() {}

  static void run(AgentClient agent) {
    StartRequest request =
        StartRequest.newBuilder()
            .setProcess(
                ProcessConfig.newBuilder().setCmd("/bin/bash").addArgs("-c").addArgs("true"))
            .setUser("root")
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
