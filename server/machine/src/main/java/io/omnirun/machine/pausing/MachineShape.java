package io.omnirun.machine.pausing;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SizeClass;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a VMM must have in common with the one whose state it loads. It is kept beside a machine's
 * disk: whoever pauses the machine may be a later server, on a host with a later VMM.
 *
 * @param vmm its name, its version and whatever else its states depend on; one line
 * @param accelerator {@code tcg} or {@code kvm}
 * @param image hash of the base image
 */
public record MachineShape(String vmm, String accelerator, String image, SizeClass size) {
  private static final String FORM = "omnirun-shape-2";
  private static final int LINES = 7;

  /**
   * Sees that a VMM of this host can load the state.
   *
   * @param vmmHere what this host starts
   * @param acceleratorHere what machines run on here
   * @throws OmniRunException PAUSED_STATE_INCOMPATIBLE, with what to do
   */
  public void requireFits(String vmmHere, String acceleratorHere) {
    if (!vmm.equals(vmmHere) || !accelerator.equals(acceleratorHere)) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "the sandbox was paused under %s (%s), and this server has %s (%s): its operator must bring that back"
              .formatted(vmm, accelerator, vmmHere, acceleratorHere));
    }
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

  /** Keeps it beside a machine. */
  public void save(Path file) throws IOException {
    Files.write(file, lines());
  }

  /** Reads what {@link #save} wrote. */
  public static MachineShape load(Path file) throws IOException {
    return of(Files.readAllLines(file));
  }

  /** Writes it at the beginning of a file. */
  public void write(DataOutputStream target) throws IOException {
    target.writeUTF(String.join("\n", lines()));
  }

  /** Reads what {@link #write} wrote. */
  public static MachineShape read(DataInputStream source) throws IOException {
    return of(List.of(source.readUTF().split("\n", -1)));
  }
}
