package io.omnirun.machine.firecracker;

import io.omnirun.model.SizeClass;
import java.io.IOException;
import java.util.Map;

/** How a machine of Firecracker boots. */
final class FirecrackerBoot {
  /**
   * {@code reboot=k panic=1}: only a reset through the keyboard controller ends the VMM. No {@code
   * nomodule}, which is among Firecracker's own defaults: our kernel's drivers are modules. {@code
   * 8250.nr_uarts=0}: each byte on a console is an exit to the VMM.
   */
  static final String COMMAND_LINE =
      "reboot=k panic=1 8250.nr_uarts=0 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce quiet"
          + " loglevel=1 random.trust_cpu=off net.ifnames=0 rdinit=/init";

  /** Seen by the guest alone, so that all may have the same. */
  private static final int GUEST_CONTEXT = 3;

  private FirecrackerBoot() {}

  /**
   * Makes the machine of a VMM that has just begun, and lets it run. Drives become vda and vdb in
   * this order, for none is a root device.
   */
  static void boot(FirecrackerDirectory directory, FirecrackerApi api, SizeClass size)
      throws IOException {
    api.put("/machine-config", new ApiBodies.MachineConfig(size.vcpus(), size.memoryMib()));
    api.put(
        "/boot-source",
        new ApiBodies.BootSource(
            FirecrackerDirectory.KERNEL, FirecrackerDirectory.INITRD, COMMAND_LINE));
    api.put("/drives/base", new ApiBodies.Drive("base", FirecrackerDirectory.BASE, false, true));
    api.put("/drives/disk", new ApiBodies.Drive("disk", FirecrackerDirectory.DISK, false, false));
    api.put("/network-interfaces/eth0", new ApiBodies.NetworkInterface("eth0", Vmms.TAP));
    api.put("/vsock", new ApiBodies.Vsock(GUEST_CONTEXT, FirecrackerDirectory.VSOCK));
    api.put("/entropy", Map.of());
    api.put("/balloon", ApiBodies.Balloon.REPORTING);
    directory.closeToVmm();
    api.put("/actions", new ApiBodies.Action("InstanceStart"));
  }
}
