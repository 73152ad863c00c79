package io.omnirun.model;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A command line for a shell in a sandbox.
 *
 * @param line what {@code bash -c} gets
 * @param user the guest's user who runs it
 * @param cwd where; empty: the user's home
 * @param envs on top of the sandbox's own
 * @param timeout after it the shell and its process group are killed; empty: never
 */
public record Command(
    String line,
    String user,
    Optional<String> cwd,
    Map<String, String> envs,
    Optional<Duration> timeout) {
  public Command {
    envs = Map.copyOf(envs);
  }
}
