package io.omnirun.machine.launcher;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.core.ports.FlowListener;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.Inet4Address;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Speaks with the launcher. Keeps one connection, makes a new one at the next call after it was
 * lost (the launcher may be restarted at any time) and subscribes to events on each. Thread-safe;
 * calls block until the launcher has answered.
 */
public final class LauncherClient implements AutoCloseable {
  private final Path socket;
  private final Consumer<MachineExit> onExit;
  private final ObjectMapper json = new ObjectMapper();
  private volatile FlowListener flows = FlowListener.NONE;
  private @Nullable LauncherConnection connection;

  /**
   * @param socket the launcher's
   * @param onExit is told of every VMM that ends while a connection stands; must not block
   */
  public LauncherClient(Path socket, Consumer<MachineExit> onExit) {
    this.socket = socket;
    this.onExit = onExit;
  }

  /** From now on this one, and no other, is told of flows while a connection stands. */
  void follow(FlowListener listener) {
    flows = listener;
  }

  /**
   * A VMM that runs.
   *
   * @param link the one that a plug gives to it; null where there are no links
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Started(int pid, long startTime, int stateFd, @Nullable Link link) {
    /** The link as others name it. */
    public Optional<HostLinks.Link> foreseenLink() {
      return Optional.ofNullable(link).map(Link::ofHost);
    }
  }

  /** A living VMM. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Living(String machine, int pid, long startTime) {}

  /** A golden snapshot that the launcher holds, with the memory that it takes. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record HeldGolden(String golden, long bytes) {}

  /** What the host offers. */
  public HostInfo hostInfo() {
    return convert(call("host.info", Map.of()), HostInfo.class);
  }

  /** Makes the launcher hold the RAM of a golden snapshot. Idempotent. */
  public void goldenHold(String golden) {
    call("golden.hold", Map.of("golden", golden));
  }

  /** Lets it go; clones that map it keep it. Idempotent. */
  public void goldenRelease(String golden) {
    call("golden.release", Map.of("golden", golden));
  }

  /** Those that it holds, be it for a server before this one. */
  public List<HeldGolden> goldenList() {
    JsonNode goldens = call("golden.list", Map.of()).path("goldens");
    return List.of(convert(goldens, HeldGolden[].class));
  }

  public Started boot(BootSpec spec) {
    return convert(call("machine.boot", spec), Started.class);
  }

  public Started clone(CloneSpec spec) {
    return convert(call("machine.clone", spec), Started.class);
  }

  /** Starts a VMM that reads its state from a socket which the caller listens on. */
  public Started resume(ResumeSpec spec) {
    return convert(call("machine.resume", spec), Started.class);
  }

  /** Starts a Firecracker that its caller then speaks with. */
  public Started firecracker(FirecrackerSpec spec) {
    return convert(call("machine.firecracker", spec), Started.class);
  }

  /** The link of a machine as its guest must set it up. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Link(String address, int bits, String gateway) {
    HostLinks.Link ofHost() {
      return new HostLinks.Link(
          Inet4Address.ofLiteral(address), bits, Inet4Address.ofLiteral(gateway));
    }
  }

  /** Gives a living machine a link, instead of one that it has. */
  public Link plug(LinkPolicy policy) {
    return convert(call("network.plug", policy), Link.class);
  }

  /** Changes what a link may be used for, all of it at once; what was pinned is forgotten. */
  public Link setPolicy(LinkPolicy policy) {
    return convert(call("network.policy", policy), Link.class);
  }

  /** Opens addresses to a machine that has a link; one that is open longer stays so. */
  public void pin(String machine, List<LinkPolicy.Pin> pinned) {
    call("network.pin", Map.of("machine", machine, "pinned", pinned));
  }

  /** Ends a VMM and waits for its end. Idempotent, also for one the launcher never knew. */
  public void kill(String machine) {
    call("machine.kill", Map.of("machine", machine));
  }

  private List<Living> list() {
    JsonNode machines = call("machine.list", Map.of()).path("machines");
    return List.of(convert(machines, Living[].class));
  }

  /** The machines of the living VMMs. */
  public Set<MachineId> living() {
    return list().stream()
        .flatMap(living -> MachineId.parse(living.machine()).stream())
        .collect(Collectors.toSet());
  }

  private <T> T convert(JsonNode node, Class<T> type) {
    try {
      return json.treeToValue(node, type);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.LAUNCHER_UNAVAILABLE, "the launcher's answer is not understood", e);
    }
  }

  private JsonNode call(String verb, Object spec) {
    return connected().call(verb, json.valueToTree(spec));
  }

  private synchronized LauncherConnection connected() {
    LauncherConnection current = connection;
    if (current == null || current.isClosed()) {
      current = LauncherConnection.open(socket, json, this::onEvent);
      subscribe(current);
      connection = current;
    }
    return current;
  }

  private void subscribe(LauncherConnection fresh) {
    try {
      fresh.call("events.subscribe", json.createObjectNode());
    } catch (RuntimeException e) {
      fresh.close();
      throw e;
    }
  }

  private void onEvent(JsonNode event) {
    if (event.path("event").asText().equals("machine.exited")) {
      onExit.accept(convert(event, MachineExit.class));
    } else {
      FlowEvents.tell(event, flows);
    }
  }

  @Override
  public synchronized void close() {
    if (connection != null) {
      connection.close();
    }
  }
}
