package io.omnirun.model;

import java.util.Optional;

/**
 * What makes a clone somebody: all that must be unique in it, and the sandbox's settings.
 *
 * @param hostname a DNS label
 * @param machineId 32 hexadecimal digits
 * @param bootId a UUID
 * @param environment for every process of the sandbox
 * @param accessToken what the agent wants from now on with every call
 * @param link empty: it has none
 * @param callsModels its programs reach the LLM gateway, at {@link GuestPorts#LLM}
 */
public record Identity(
    String hostname,
    String machineId,
    String bootId,
    GuestEnvironment environment,
    String accessToken,
    Optional<GuestLink> link,
    boolean callsModels) {
  /** Leaves the token and the variables out: they are secrets. */
  @Override
  public String toString() {
    return "Identity[" + hostname + "]";
  }
}
