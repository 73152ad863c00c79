package io.omnirun.bench;

import com.google.protobuf.ByteString;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ConnectRequest;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessInput;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.SendInputRequest;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.EventReader;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * A line to {@code cat} through its standard input and back through its stream, over the API and by
 * a bare client of the agent over the same channel; interleaved. Each has a {@code cat} of its own.
 */
final class Echo implements Scenario {
  private static final int WARM_UPS = 100;
  private static final int ROUNDS = 300;
  private static final double PROMISED_ADDED_MS = 3;

  @Override
  public String name() {
    return "echo";
  }

  @Override
  public void run(Report report) {
    Samples ours = new Samples();
    Samples bare = new Samples();
    try (GuestHttp http = GuestHttp.start();
        TestServer server = TestServer.start(Map.of("pool", "*=0"))) {
      ApiClient account = server.clientOfNewAccount(10);
      try (BareApi api = BareApi.ofWarmServer(server, account)) {
        String id = api.create("base");
        String token = server.agentToken(id);
        AgentClient agent = new AgentClient(http, server.guestSocket(), () -> token);
        String command = api.start(id, "cat");
        ProcessSelector other = selector(api.start(id, "cat"));
        try (EventReader events = EventReader.open(server, account, command + "/stream");
            ProcessStream stream =
                agent.connect(ConnectRequest.newBuilder().setProcess(other).build())) {
          for (int i = 0; i < WARM_UPS + ROUNDS; i++) {
            Samples oursNow = i >= WARM_UPS ? ours : new Samples();
            Samples bareNow = i >= WARM_UPS ? bare : new Samples();
            oursNow.time(() -> throughTheApi(api, command, events));
            bareNow.time(() -> bare(agent, other, stream));
          }
        }
        api.kill(id);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    report.durations("a line to `cat` and back through the API", ours);
    report.durations("a line to `cat` and back by a bare client of the agent", bare);
    double added = ours.percentile(50) - bare.percentile(50);
    report.verdict(
        "an echo adds p50 ≤ 3 ms", "%.2f ms".formatted(added), added <= PROMISED_ADDED_MS);
  }

  private static ProcessSelector selector(String command) {
    int handle = Integer.parseInt(command.substring(command.lastIndexOf('/') + 1));
    return ProcessSelector.newBuilder().setHandle(handle).build();
  }

  private static String throughTheApi(BareApi api, String command, EventReader events) {
    api.type(command, "x");
    try {
      return events.next().path("data").asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessEvent bare(
      AgentClient agent, ProcessSelector process, ProcessStream stream) {
    agent.sendInput(
        SendInputRequest.newBuilder()
            .setProcess(process)
            .setInput(ProcessInput.newBuilder().setStdin(ByteString.copyFromUtf8("x\n")))
            .build());
    ProcessEvent event = stream.next().orElseThrow();
    while (!event.hasData()) {
      event = stream.next().orElseThrow();
    }
    return event;
  }
}
