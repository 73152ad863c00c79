package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.model.Accelerator;
import io.omnirun.model.SizeClass;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a VMM must have in common with the one whose state it loads. It is kept beside a machine's
 * disk: whoever pauses the machine may be a later server, on a host with a later QEMU.
 *
 * @param vmm QEMU's version and that of the devices we give it
 * @param accelerator as the launcher spells it
 * @param image hash of the base image
 */
record MachineShape(String vmm, String accelerator, String image, SizeClass size) {
  private static final String FORM = "omnirun-shape-2";
  private static final int LINES = 7;

  static MachineShape ofClone(
      GoldenSnapshot golden, String image, Accelerator accelerator, HostInfo host) {
    return new MachineShape(vmm(host), accelerator.text(), image, golden.size());
  }

  /** Of what this host starts. */
  static String vmm(HostInfo host) {
    return "qemu " + host.qemuVersion() + " hardware " + host.hardwareVersion();
  }

  private List<String> lines() {
    return List.of(
        FORM,
        vmm,
        accelerator,
        image,
        Integer.toString(size.vcpus()),
        Integer.toString(size.memoryMib()),
        Integer.toString(size.diskMib()));
  }

  private static MachineShape of(List<String> lines) throws IOException {
    if (lines.size() != LINES || !lines.getFirst().equals(FORM)) {
      throw new IOException("the shape of a machine is not in a form that this version knows");
    }
    try {
      SizeClass size =
          new SizeClass(
              Integer.parseInt(lines.get(4)),
              Integer.parseInt(lines.get(5)),
              Integer.parseInt(lines.get(6)));
      return new MachineShape(lines.get(1), lines.get(2), lines.get(3), size);
    } catch (IllegalArgumentException e) {
      throw new IOException("the shape of a machine cannot be read", e);
    }
  }

  void save(Path file) throws IOException {
    Files.write(file, lines());
  }

  static MachineShape load(Path file) throws IOException {
    return of(Files.readAllLines(file));
  }

  void write(DataOutputStream target) throws IOException {
    target.writeUTF(String.join("\n", lines()));
  }

  static MachineShape read(DataInputStream source) throws IOException {
    return of(List.of(source.readUTF().split("\n", -1)));
  }
}
