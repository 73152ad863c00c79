package io.omnirun.model;

/** A guest's port, as a host name of the gateway names it. */
public sealed interface PreviewName {
  /**
   * A port of a sandbox by its number.
   *
   * @param port 1 to 65,535
   */
  record SandboxPort(SandboxId sandbox, int port) implements PreviewName {}

  /**
   * An exposure by its slug.
   *
   * @param slug one label of a host name, in lower case
   */
  record Slug(String slug) implements PreviewName {}
}
