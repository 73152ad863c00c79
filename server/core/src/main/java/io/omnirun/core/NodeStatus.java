package io.omnirun.core;

import java.util.List;

/** What anybody may know of a node. */
public final class NodeStatus {
  /**
   * @param nodeId this node's name
   * @param activeSandboxes running now, of all accounts
   * @param maxSandboxes as many as may run here
   * @param templates names and aliases
   */
  public record Status(
      String nodeId, int activeSandboxes, int maxSandboxes, List<String> templates) {}

  private final String nodeId;
  private final LiveSandboxes live;
  private final int maxSandboxes;
  private final Templates templates;

  NodeStatus(String nodeId, LiveSandboxes live, int maxSandboxes, Templates templates) {
    this.nodeId = nodeId;
    this.live = live;
    this.maxSandboxes = maxSandboxes;
    this.templates = templates;
  }

  public Status status() {
    return new Status(nodeId, live.size(), maxSandboxes, templates.names());
  }
}
