package io.omnirun.machine.qemu;

import io.omnirun.guest.link.GuestDialer;
import io.omnirun.machine.GuestPath;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files of one machine. The names are the launcher's ({@code api/launcher.md}).
 *
 * @param path the directory
 */
record MachineDirectory(Path path) {
  /** The same socket as the VMM names it. */
  static final String STATE_SOCKET_IN_JAIL = "/out/state.sock";

  private static final String STATE_SOCKET = "state.sock";

  static MachineDirectory of(Path machinesDir, MachineId id) {
    return new MachineDirectory(machinesDir.resolve(id.value()));
  }

  /** The machine's. */
  String name() {
    return path.getFileName().toString();
  }

  /** Makes the directory, for this user alone; but for {@code out}, which the VMM sees. */
  void create() throws IOException {
    Files.createDirectory(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.createDirectory(outgoing());
    Files.setPosixFilePermissions(outgoing(), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Where the VMM finds sockets of ours to connect to: its {@code /out}. */
  private Path outgoing() {
    return path.resolve("out");
  }

  /** Where a frozen template's device state comes out. */
  Path stateSocket() {
    return outgoing().resolve(STATE_SOCKET);
  }

  /** What its VMM must be like: see {@link MachineShape}. */
  Path shape() {
    return path.resolve("shape");
  }

  /** Where the VMM of a resumed machine gets its state from us. */
  Path incomingSocket() {
    return path.resolve(STATE_SOCKET);
  }

  /** The writable disk. */
  Path disk() {
    return path.resolve("disk.img");
  }

  /** QEMU's monitor. */
  Path qmpSocket() {
    return path.resolve("qmp.sock");
  }

  /** The host's end of the virtio-serial port. */
  Path channelSocket() {
    return path.resolve("channel.sock");
  }

  /** Our own, in front of the mux: what calls into the guest dial. */
  Path guestSocket() {
    return path.resolve("guest.sock");
  }

  /** How its guest is reached. */
  GuestPath guestPath() {
    return new GuestPath(
        new MachineId(name()), GuestDialer.virtioSerial(channelSocket()), guestSocket());
  }

  /** The RAM of a booting template. */
  Path ram() {
    return path.resolve("ram");
  }

  /** The device state of a frozen template. */
  Path state() {
    return path.resolve("state");
  }

  /** What the kernel of a booting template printed. */
  Path console() {
    return path.resolve("console.log");
  }

  /** Removes the directory and all in it. Idempotent; others may remove it at the same time. */
  void delete() {
    MachineDirectories.delete(path);
  }
}
