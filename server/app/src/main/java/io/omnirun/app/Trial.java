package io.omnirun.app;

import io.omnirun.machine.firecracker.ProbeResult;
import io.omnirun.machine.qemu.AcceleratorChoice;
import io.omnirun.model.Accelerator;
import io.omnirun.model.Vmm;

/**
 * What became of a guest under KVM.
 *
 * @param vmm what it ran in
 * @param text for people; a clause
 */
record Trial(Outcome outcome, Vmm vmm, String text) {
  enum Outcome {
    ANSWERED,
    FAILED,
    /** None was run: nothing is proved. */
    NOT_TRIED
  }

  static Trial notTried(String reason) {
    return new Trial(Outcome.NOT_TRIED, Vmm.QEMU, reason);
  }

  static Trial of(ProbeResult result) {
    return of(result.answered(), Vmm.FIRECRACKER, result.reason());
  }

  static Trial of(AcceleratorChoice choice) {
    return of(choice.accelerator() == Accelerator.KVM, Vmm.QEMU, choice.reason());
  }

  private static Trial of(boolean answered, Vmm vmm, String text) {
    return new Trial(answered ? Outcome.ANSWERED : Outcome.FAILED, vmm, text);
  }

  boolean answered() {
    return outcome == Outcome.ANSWERED;
  }
}
