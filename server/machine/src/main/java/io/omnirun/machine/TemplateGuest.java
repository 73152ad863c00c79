package io.omnirun.machine;

import io.omnirun.core.ports.GoldenRecipe;
import io.omnirun.model.Command;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The guest of a template, made ready for its snapshot by commands. Used by one thread. */
public record TemplateGuest(GuestConnection connection) {
  /** A command that takes longer is no warm-up. */
  private static final Duration WARM_UP_LIMIT = Duration.ofMinutes(5);

  /**
   * Rehearses a claim, warms the guest, begins what runs on in every clone and waits until that is
   * ready; a command that fails fails the build.
   */
  public void prepare(GoldenRecipe recipe, Consumer<String> progress) {
    connection.rehearseIdentity();
    for (String line : recipe.warmUp()) {
      progress.accept("warming: " + line);
      run("warm-up", line, Map.of());
    }
    recipe.startCommand().ifPresent(command -> start(command, progress));
    recipe.readyCommand().ifPresent(command -> awaitReady(command, progress));
  }

  private void start(Command command, Consumer<String> progress) {
    progress.accept("starting: " + command.line());
    connection.guest().start(command);
  }

  private void awaitReady(Command command, Consumer<String> progress) {
    progress.accept("waiting until ready: " + command.line());
    run("ready", command.line(), command.envs());
  }

  private void run(String step, String line, Map<String, String> envs) {
    CommandResult result =
        connection
            .guest()
            .run(new Command(line, "root", Optional.empty(), envs, Optional.of(WARM_UP_LIMIT)));
    if (result.exitCode() != 0) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_BUILD_FAILED,
          "step %s: `%s` ended with %d: %s%s"
              .formatted(step, line, result.exitCode(), result.stdout(), result.stderr()));
    }
  }
}
