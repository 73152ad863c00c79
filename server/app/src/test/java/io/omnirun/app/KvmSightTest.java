package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.app.Finding.Verdict;
import io.omnirun.model.Vmm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KvmSightTest {
  private static final Trial ANSWERED =
      new Trial(Trial.Outcome.ANSWERED, Vmm.QEMU, "a guest under KVM answered after 1.3 s");
  private static final Trial FAILED =
      new Trial(
          Trial.Outcome.FAILED,
          Vmm.QEMU,
          "a guest under KVM was tried and did not answer within 30 s");
  private static final Trial NOT_TRIED = Trial.notTried("no --probe was asked for");

  @Test
  void aGuestThatAnsweredProvesKvm() {
    KvmSight sight = new KvmSight(true, true, ANSWERED);

    assertThat(sight.kvm())
        .isEqualTo(
            Finding.good(
                "kvm",
                "usable: there is a /dev/kvm, vmx or svm in /proc/cpuinfo,"
                    + " and a guest under KVM answered after 1.3 s"));
    assertThat(sight.accelerator("auto"))
        .isEqualTo(Finding.good("accelerator", "KVM: a guest under KVM answered after 1.3 s"));
  }

  /** The trap: a software hypervisor that has the node, and hangs a stock kernel. */
  @Test
  void aNodeWithoutTheFlagWhoseGuestHangsIsNotUsable() {
    KvmSight sight = new KvmSight(false, true, FAILED);

    assertThat(sight.kvm().verdict()).isEqualTo(Verdict.WORSE);
    assertThat(sight.kvm().text())
        .isEqualTo(
            "not usable: there is a /dev/kvm, neither vmx nor svm in /proc/cpuinfo,"
                + " but a guest under KVM was tried and did not answer within 30 s");
    assertThat(sight.accelerator("auto").text())
        .startsWith("TCG: the CPU shows neither vmx nor svm");
  }

  @Test
  void aFlagWhoseGuestHangsIsNotUsableEither() {
    KvmSight sight = new KvmSight(true, true, FAILED);

    assertThat(sight.kvm().text()).startsWith("not usable: ");
    assertThat(sight.accelerator("auto").text())
        .startsWith("TCG: a guest under KVM was tried and did not answer within 30 s");
  }

  @Test
  void whatNoGuestHasProvedIsNotCalledUsable() {
    KvmSight sight = new KvmSight(true, true, NOT_TRIED);

    assertThat(sight.kvm().text())
        .isEqualTo(
            "not proved: there is a /dev/kvm, vmx or svm in /proc/cpuinfo;"
                + " no guest was tried: no --probe was asked for");
    assertThat(sight.accelerator("auto").text()).startsWith("KVM if a guest under it answers");
  }

  /** A server wants both, so an answer alone changes nothing for it. */
  @Test
  void anAnswerWithoutTheFlagIsUsedOnlyWhenTheConfigurationSaysSo() {
    KvmSight sight = new KvmSight(false, true, ANSWERED);

    assertThat(sight.kvm().text()).startsWith("usable: ");
    assertThat(sight.kvm().hint()).startsWith("set vmm.accelerator=kvm");
    assertThat(sight.accelerator("auto").text()).startsWith("TCG: ");
    assertThat(sight.accelerator("kvm").verdict()).isEqualTo(Verdict.GOOD);
  }

  /** A server does not look at the flag where it takes Firecracker. */
  @Test
  void anAnswerInFirecrackerIsUsedWhateverTheCpuShows() {
    Trial inFirecracker =
        new Trial(Trial.Outcome.ANSWERED, Vmm.FIRECRACKER, "a guest under Firecracker answered");

    KvmSight sight = new KvmSight(false, true, inFirecracker);

    assertThat(sight.kvm().verdict()).isEqualTo(Verdict.GOOD);
    assertThat(sight.accelerator("auto"))
        .isEqualTo(Finding.good("accelerator", "KVM: a guest under Firecracker answered"));
  }

  @Test
  void aConfigurationThatForcesWhatIsNotThereIsBroken() {
    assertThat(new KvmSight(true, false, NOT_TRIED).accelerator("kvm").verdict())
        .isEqualTo(Verdict.BROKEN);
    assertThat(new KvmSight(true, true, FAILED).accelerator("kvm").verdict())
        .isEqualTo(Verdict.BROKEN);
    assertThat(new KvmSight(true, true, ANSWERED).accelerator("tcg").text())
        .startsWith("TCG: the configuration says so");
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, 'not there: no /dev/kvm, neither vmx nor svm in /proc/cpuinfo'",
    "true, false, 'not there: no /dev/kvm, vmx or svm in /proc/cpuinfo'",
    "false, true, 'not used: there is a /dev/kvm, neither vmx nor svm in /proc/cpuinfo;"
        + " no guest was tried: no --probe was asked for'"
  })
  void whatIsMissingIsNamed(boolean cpuFlag, boolean node, String text) {
    KvmSight sight = new KvmSight(cpuFlag, node, NOT_TRIED);

    assertThat(sight.kvm().text()).isEqualTo(text);
    assertThat(sight.kvm().hint()).isNotEmpty();
    assertThat(sight.accelerator("auto").text()).startsWith("TCG: ");
  }
}
