package io.omnirun.images;

import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;

/**
 * The steps of one build: tells the listener of each, and turns what makes a step fail into the
 * error that users see. Its calls do not overlap.
 */
final class BuildSteps {
  /** What a step does. */
  interface Body<T> {
    T run() throws IOException, ProgramFailedException;
  }

  private final BuildProgress progress;
  private volatile String current = "";
  private long startNanos;

  BuildSteps(BuildProgress progress) {
    this.progress = progress;
  }

  /**
   * Runs a step.
   *
   * @throws OmniRunException TEMPLATE_BUILD_FAILED or NO_SPACE if the body fails; names the step
   *     that was the last to begin
   */
  <T> T run(String name, Body<T> body) {
    begin(name);
    try {
      T result = body.run();
      progress.done(current, Duration.ofNanos(System.nanoTime() - startNanos));
      return result;
    } catch (ProgramFailedException e) {
      throw BuildFailure.of(current, e);
    } catch (IOException e) {
      throw BuildFailure.of(current, e);
    }
  }

  /** Within a body: the step is done, and the body goes on with another. */
  void next(String name) {
    progress.done(current, Duration.ofNanos(System.nanoTime() - startNanos));
    begin(name);
  }

  /** The current step has printed a line. */
  void line(String output) {
    progress.line(output);
  }

  private void begin(String name) {
    current = name;
    startNanos = System.nanoTime();
    progress.step(name);
  }
}
