package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuildStepsTest {
  private final ProcessRunner runner = new ProcessRunner();
  private final List<String> heard = new ArrayList<>();
  private final BuildSteps steps = new BuildSteps(new Recorder());

  @Test
  void stepsAreToldAsTheyBeginAndEnd() {
    int result =
        steps.run(
            "one",
            () -> {
              steps.line("hello");
              steps.next("two");
              return 5;
            });

    assertThat(result).isEqualTo(5);
    assertThat(heard).containsExactly("step one", "line hello", "done one", "step two", "done two");
  }

  @Test
  void aFailureNamesTheStepAndShowsTheLastFortyLines() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () ->
                steps.run(
                    "first",
                    () -> {
                      steps.next("second");
                      return runner.run(Program.quick("sh", "-c", "seq 100; exit 3"));
                    }))
        .withMessageStartingWith("step \"second\" failed: sh ended with status 3")
        .withMessageContaining("\n61\n62\n")
        .withMessageEndingWith("\n100")
        .withMessageNotContaining("\n60\n")
        .withCauseInstanceOf(ProgramFailedException.class)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.TEMPLATE_BUILD_FAILED));
  }

  @Test
  void aProgramThatFillsTheDiskIsNoSpace() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () ->
                steps.run(
                    "write", () -> runner.run(Program.quick("dd", "if=/dev/zero", "of=/dev/full"))))
        .withMessageContaining("the disk of the host is full")
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
  }

  @Test
  void aFullDiskUnderOurOwnWritesIsNoSpaceToo() {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () ->
                steps.run(
                    "write",
                    () -> java.nio.file.Files.writeString(java.nio.file.Path.of("/dev/full"), "x")))
        .withCauseInstanceOf(IOException.class)
        .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.NO_SPACE));
  }

  private final class Recorder implements BuildProgress {
    @Override
    public void step(String name) {
      heard.add("step " + name);
    }

    @Override
    public void line(String output) {
      heard.add("line " + output);
    }

    @Override
    public void done(String name, Duration took) {
      heard.add("done " + name);
    }
  }
}
