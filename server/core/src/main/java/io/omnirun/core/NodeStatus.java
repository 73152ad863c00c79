package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshots;
import io.omnirun.core.ports.MachinePlatform;
import java.util.List;
import java.util.stream.Stream;

/** What anybody may know of a node. */
public final class NodeStatus {
  /**
   * @param nodeId this node's name
   * @param activeSandboxes running now, of all accounts
   * @param maxSandboxes as many as may run here
   * @param templates names and aliases of those that sandboxes can be made of now
   * @param machines what they run on
   */
  public record Status(
      String nodeId,
      int activeSandboxes,
      int maxSandboxes,
      List<String> templates,
      MachinePlatform machines) {}

  private final String nodeId;
  private final LiveSandboxes live;
  private final int maxSandboxes;
  private final Templates templates;
  private final GoldenSnapshots goldens;
  private final MachinePlatform machines;

  NodeStatus(
      String nodeId,
      LiveSandboxes live,
      int maxSandboxes,
      Templates templates,
      GoldenSnapshots goldens,
      MachinePlatform machines) {
    this.nodeId = nodeId;
    this.live = live;
    this.maxSandboxes = maxSandboxes;
    this.templates = templates;
    this.goldens = goldens;
    this.machines = machines;
  }

  public Status status() {
    return new Status(nodeId, live.runningCount(), maxSandboxes, readyNames(), machines);
  }

  private List<String> readyNames() {
    return templates.all().stream()
        .filter(template -> goldens.isReady(template, template.defaultSize()))
        .flatMap(template -> Stream.concat(Stream.of(template.name()), template.aliases().stream()))
        .toList();
  }
}
