package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VmmChoiceTest {
  private static final ProbeResult ANSWERED = new ProbeResult(true, "a guest answered");
  private static final Trial UNTRIED = Trial.notTried("no --probe was asked for");
  private static final ProbeResult SILENT = new ProbeResult(false, "a guest did not answer");

  private static HostInfo host(boolean kvmNode, @Nullable String version) {
    return new HostInfo(
        new HostInfo.Cgroup(2, List.of()),
        kvmNode,
        true,
        "7.2.22",
        1,
        "test",
        null,
        null,
        version == null
            ? null
            : new HostInfo.Firecracker(version, "v9.0.0", "/dev/shm/omnirun", null));
  }

  private static VmmChoice choose(VmmWish wish, HostInfo host, ProbeResult guest) {
    return VmmChoice.of(wish, "auto", host, () -> guest);
  }

  private static VmmChoice untried(VmmWish wish, String accelerator, HostInfo host) {
    return VmmChoice.of(
        wish,
        accelerator,
        host,
        () -> {
          throw new AssertionError("a guest was tried");
        });
  }

  @Test
  void aGuestThatAnswersDecidesForFirecracker() {
    for (VmmWish wish : List.of(VmmWish.AUTO, VmmWish.FIRECRACKER)) {
      assertThat(choose(wish, host(true, "1.15.1"), ANSWERED))
          .isEqualTo(new VmmChoice(Vmm.FIRECRACKER, "a guest answered"));
    }
  }

  @Test
  void aGuestThatDoesNotAnswerDecidesForQemuUnlessFirecrackerWasAskedFor() {
    assertThat(choose(VmmWish.AUTO, host(true, "1.15.1"), SILENT))
        .isEqualTo(new VmmChoice(Vmm.QEMU, "a guest did not answer"));
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> choose(VmmWish.FIRECRACKER, host(true, "1.15.1"), SILENT))
        .withMessageContaining("a guest did not answer; put that right, or set vmm.kind=auto")
        .matches(failure -> failure.code() == ErrorCode.CONFIGURATION_INVALID);
  }

  /** What speaks against Firecracker, and a word of what is said about it. */
  private enum Obstacle {
    NO_BINARY("auto", host(true, null), "--firecracker"),
    NO_KVM("auto", host(false, "1.15.1"), "no /dev/kvm"),
    OTHER_VERSION("auto", host(true, "1.16.1"), "1.16.1 is not supported"),
    TCG("tcg", host(true, "1.15.1"), "vmm.accelerator is tcg");

    private final String accelerator;
    private final HostInfo host;
    private final String word;

    Obstacle(String accelerator, HostInfo host, String word) {
      this.accelerator = accelerator;
      this.host = host;
      this.word = word;
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatCannotBeIsNotTried(Obstacle obstacle) {
    VmmChoice choice = untried(VmmWish.AUTO, obstacle.accelerator, obstacle.host);

    assertThat(choice.vmm()).isEqualTo(Vmm.QEMU);
    assertThat(choice.reason()).contains(obstacle.word);
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> untried(VmmWish.FIRECRACKER, obstacle.accelerator, obstacle.host))
        .withMessageContaining(obstacle.word)
        .matches(failure -> failure.code() == ErrorCode.CONFIGURATION_INVALID);
  }

  @ParameterizedTest
  @EnumSource
  void doctorSaysTheSame(Obstacle obstacle) {
    Finding byItself = VmmSight.of(VmmWish.AUTO, obstacle.accelerator, obstacle.host, UNTRIED);
    Finding asked = VmmSight.of(VmmWish.FIRECRACKER, obstacle.accelerator, obstacle.host, UNTRIED);

    assertThat(byItself.line()).contains("QEMU", obstacle.word);
    assertThat(asked.verdict()).isEqualTo(Finding.Verdict.BROKEN);
    assertThat(asked.line()).contains(obstacle.word);
  }

  @Test
  void doctorPromisesNothingThatOnlyAGuestCanTell() {
    assertThat(VmmSight.of(VmmWish.AUTO, "auto", host(true, "1.15.1"), UNTRIED).line())
        .contains("Firecracker 1.15.1 if a guest in it answers when the server starts, else QEMU");
    assertThat(VmmSight.of(VmmWish.QEMU, "auto", host(true, "1.15.1"), UNTRIED).line())
        .contains("QEMU: the configuration says so");
  }

  @Test
  void doctorsProbeSaysWhatAServerWouldDo() {
    HostInfo host = host(true, "1.15.1");
    for (VmmWish wish : List.of(VmmWish.AUTO, VmmWish.FIRECRACKER)) {
      assertThat(VmmSight.of(wish, "auto", host, Trial.of(ANSWERED)))
          .isEqualTo(Finding.good("vmm", "Firecracker 1.15.1: a guest answered"));
    }
    Finding byItself = VmmSight.of(VmmWish.AUTO, "auto", host, Trial.of(SILENT));
    assertThat(byItself.verdict()).isEqualTo(Finding.Verdict.WORSE);
    assertThat(byItself.text()).isEqualTo("QEMU: a guest did not answer");
    assertThat(byItself.line()).contains("vmm.kind=qemu");
    Finding asked = VmmSight.of(VmmWish.FIRECRACKER, "auto", host, Trial.of(SILENT));
    assertThat(asked.verdict()).isEqualTo(Finding.Verdict.BROKEN);
    assertThat(asked.text()).contains("a guest did not answer");
  }

  @Test
  void qemuThatWasAskedForIsTaken() {
    assertThat(untried(VmmWish.QEMU, "auto", host(true, "1.15.1")).vmm()).isEqualTo(Vmm.QEMU);
  }

  @Test
  void whatSandboxesRunInIsKeptUntried() {
    for (Vmm vmm : Vmm.values()) {
      assertThat(VmmChoice.kept(VmmWish.AUTO, "auto", host(true, "1.15.1"), Set.of(vmm)))
          .contains(new VmmChoice(vmm, "sandboxes run in it"));
    }
    assertThat(VmmChoice.kept(VmmWish.FIRECRACKER, "auto", host(true, "1.15.1"), Set.of()))
        .isEmpty();
  }

  @Test
  void whatSandboxesDoNotRunInIsRefusedUntilTheyHaveEnded() {
    assertRefused(VmmWish.QEMU, host(true, "1.15.1"), Vmm.FIRECRACKER, "vmm.kind=firecracker");
    assertRefused(VmmWish.FIRECRACKER, host(true, "1.15.1"), Vmm.QEMU, "vmm.kind=qemu");
    assertRefused(VmmWish.AUTO, host(true, null), Vmm.FIRECRACKER, "--firecracker");
  }

  private static void assertRefused(VmmWish wish, HostInfo host, Vmm inUse, String word) {
    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> VmmChoice.kept(wish, "auto", host, Set.of(inUse)))
        .withMessageContaining(word)
        .matches(failure -> failure.code() == ErrorCode.CONFIGURATION_INVALID);
  }
}
