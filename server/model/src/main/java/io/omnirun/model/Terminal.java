package io.omnirun.model;

import java.util.Map;
import java.util.Optional;

/**
 * A terminal to be opened.
 *
 * @param command for the login shell in it; empty: the shell is interactive
 * @param user the guest's user who runs it
 * @param cwd where; empty: the user's home
 * @param envs on top of the sandbox's own
 */
public record Terminal(
    TerminalSize size,
    Optional<String> command,
    String user,
    Optional<String> cwd,
    Map<String, String> envs) {
  public Terminal {
    envs = Map.copyOf(envs);
  }
}
