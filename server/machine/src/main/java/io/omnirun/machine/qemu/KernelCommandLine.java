package io.omnirun.machine.qemu;

/** What the guest's kernel is told. */
final class KernelCommandLine {
  /**
   * {@code quiet}: each console line costs an exit to QEMU. {@code panic=-1 reboot=t}: a kernel
   * that cannot go on ends its VMM at once instead of hanging. {@code random.trust_cpu=off}: a
   * clone's randomness comes from its identity. {@code nomodule}-like switches are left out: the
   * initramfs loads what it carries.
   */
  static final String TEXT =
      "console=ttyS0 quiet panic=-1 reboot=t random.trust_cpu=off net.ifnames=0 mitigations=off";

  private KernelCommandLine() {}
}
