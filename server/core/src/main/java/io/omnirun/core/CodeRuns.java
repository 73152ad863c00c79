package io.omnirun.core;

import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.Account;
import io.omnirun.model.CodeLanguage;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Code that is run once, by a program of the sandbox: nothing that one piece leaves in memory is
 * seen by another. Thread-safe; calls block for the guest.
 */
public final class CodeRuns {
  private final SandboxLookup lookup;
  private final Telemetry telemetry;

  CodeRuns(SandboxLookup lookup, Telemetry telemetry) {
    this.lookup = lookup;
    this.telemetry = telemetry;
  }

  /**
   * Runs code until its program has ended or its time-out has passed.
   *
   * @param callerGone completes when nobody waits for the result any more: this ends then, with
   *     GUEST_UNREACHABLE, and the program goes on without it
   * @throws OmniRunException LANGUAGE_UNAVAILABLE if the sandbox has no program for the language
   */
  public CommandResult run(
      Account account, SandboxId id, CodeRequest request, CompletableFuture<?> callerGone) {
    String mark = UUID.randomUUID().toString().replace("-", "");
    Command command =
        new Command(
            CodeScript.of(request.language(), request.code(), mark),
            request.user(),
            request.cwd(),
            request.envs(),
            request.timeout());
    byte[] code = request.code().getBytes(StandardCharsets.UTF_8);
    long begun = System.nanoTime();
    try {
      CommandResult result =
          lookup.inGuest(account, id).call(guest -> guest.run(command, code, callerGone));
      requireProgram(request.language(), result, mark);
      return result;
    } finally {
      telemetry.commandEnded(Duration.ofNanos(System.nanoTime() - begun));
    }
  }

  private static void requireProgram(CodeLanguage language, CommandResult result, String mark) {
    CodeScript.missing(result.exitCode(), result.stderr(), mark)
        .ifPresent(
            found -> {
              throw new OmniRunException(
                  ErrorCode.LANGUAGE_UNAVAILABLE,
                  "the sandbox has no program for %s (one of: %s); it has some for: %s"
                      .formatted(language.text(), CodePrograms.names(language), names(found)));
            });
  }

  private static String names(List<CodeLanguage> languages) {
    return languages.isEmpty()
        ? "none"
        : languages.stream().map(CodeLanguage::text).collect(Collectors.joining(", "));
  }
}
