package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrialsTest {
  private static final ProbeResult ANSWERED = new ProbeResult(true, "it answered");
  private static final ProbeResult SILENT = new ProbeResult(false, "it did not answer");
  private static final AcceleratorChoice QEMU =
      new AcceleratorChoice(Accelerator.TCG, "QEMU's did not answer");

  private final List<String> ran = new ArrayList<>();

  private Trials run(Optional<String> obstacle, ProbeResult inFirecracker) {
    return Trials.run(
        obstacle,
        () -> {
          ran.add("firecracker");
          return inFirecracker;
        },
        () -> {
          ran.add("qemu");
          return QEMU;
        });
  }

  @Test
  void aGuestThatAnswersInFirecrackerShowsKvmToo() {
    assertThat(run(Optional.empty(), ANSWERED))
        .isEqualTo(new Trials(Trial.of(ANSWERED), Trial.of(ANSWERED)));
    assertThat(ran).containsExactly("firecracker");
  }

  @Test
  void afterOneThatDoesNotAnswerInFirecrackerOneIsRunInQemu() {
    assertThat(run(Optional.empty(), SILENT))
        .isEqualTo(new Trials(Trial.of(SILENT), Trial.of(QEMU)));
    assertThat(ran).containsExactly("firecracker", "qemu");
  }

  /** As by a server, which runs its machines in QEMU then. */
  @Test
  void oneThatCannotBeTriedInFirecrackerHasFailedThere() {
    OmniRunException failure =
        new OmniRunException(ErrorCode.NO_SPACE, "it could not be made", new IOException("full"));

    Trials trials =
        Trials.run(
            Optional.empty(),
            () -> {
              throw failure;
            },
            () -> QEMU);

    assertThat(trials.firecracker().outcome()).isEqualTo(Trial.Outcome.FAILED);
    assertThat(trials.firecracker().text())
        .isEqualTo("no guest could be tried in Firecracker: it could not be made; full");
    assertThat(trials.kvm()).isEqualTo(Trial.of(QEMU));
  }

  @Test
  void whereNoServerWouldTakeFirecrackerNoGuestIsRunInIt() {
    assertThat(run(Optional.of("there is none"), ANSWERED))
        .isEqualTo(new Trials(Trial.notTried("there is none"), Trial.of(QEMU)));
    assertThat(ran).containsExactly("qemu");
  }
}
