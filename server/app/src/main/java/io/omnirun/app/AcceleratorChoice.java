package io.omnirun.app;

import io.omnirun.machine.qemu.Accelerator;

/** Which accelerator machines run on. */
final class AcceleratorChoice {
  private AcceleratorChoice() {}

  static Accelerator of(ServerConfig config) {
    return config.accelerator().equals("kvm") ? Accelerator.KVM : Accelerator.TCG;
  }
}
