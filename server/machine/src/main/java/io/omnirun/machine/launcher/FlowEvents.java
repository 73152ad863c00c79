package io.omnirun.machine.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.FlowListener.Target;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.MachineId;
import java.net.Inet4Address;
import java.util.Arrays;

/** Reads the launcher's events {@code network.*} for a listener. */
final class FlowEvents {
  private FlowEvents() {}

  /** Tells a listener what an event says; one that is about something else says nothing. */
  static void tell(JsonNode event, FlowListener listener) {
    switch (event.path("event").asText()) {
      case "network.opened" ->
          listener.opened(machine(event), event.path("flow").asLong(), target(event));
      case "network.ended" ->
          listener.ended(
              machine(event),
              event.path("flow").asLong(),
              event.path("bytesUp").asLong(),
              event.path("bytesDown").asLong());
      case "network.blocked" -> listener.blocked(machine(event), target(event), reason(event));
      case "network.more" ->
          listener.more(
              machine(event), event.path("opened").asLong(), event.path("blocked").asLong());
      default -> {}
    }
  }

  private static MachineId machine(JsonNode event) {
    return new MachineId(event.path("machine").asText());
  }

  private static Target target(JsonNode event) {
    return new Target(
        event.path("protocol").asText(),
        Inet4Address.ofLiteral(event.path("address").asText()),
        event.path("port").asInt());
  }

  /** What a launcher of another release has other words for, no rule of its allows. */
  private static Reason reason(JsonNode event) {
    String text = event.path("reason").asText();
    return Arrays.stream(Reason.values())
        .filter(reason -> reason.text().equals(text))
        .findFirst()
        .orElse(Reason.NOT_LISTED);
  }
}
