package io.omnirun.machine.qemu;

import io.omnirun.model.Accelerator;
import java.util.Optional;

/**
 * Which accelerator machines run on, and how that was found out.
 *
 * @param reason for people
 */
public record AcceleratorChoice(Accelerator accelerator, String reason) {
  /**
   * The choice on a host that cannot have KVM; empty: only a guest that is run can tell.
   *
   * @param cpuVirtualization the CPU has {@code vmx} or {@code svm}
   * @param kvmNode {@code /dev/kvm} exists
   */
  public static Optional<AcceleratorChoice> withoutTrying(
      boolean cpuVirtualization, boolean kvmNode) {
    if (!cpuVirtualization) {
      return Optional.of(
          new AcceleratorChoice(Accelerator.TCG, "the CPU shows neither vmx nor svm"));
    }
    if (!kvmNode) {
      return Optional.of(
          new AcceleratorChoice(Accelerator.TCG, "the CPU could, but there is no /dev/kvm"));
    }
    return Optional.empty();
  }
}
