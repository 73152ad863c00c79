package io.omnirun.core;

import io.omnirun.model.CodeLanguage;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * A piece of code to be run once, as a program of its own.
 *
 * @param user the guest's user who runs it
 * @param cwd where; empty: the user's home
 * @param envs on top of the sandbox's own
 * @param timeout after it the program is killed with its process group; empty: never
 */
public record CodeRequest(
    CodeLanguage language,
    String code,
    String user,
    Optional<String> cwd,
    Map<String, String> envs,
    Optional<Duration> timeout) {
  public CodeRequest {
    envs = Map.copyOf(envs);
  }
}
