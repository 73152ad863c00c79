package io.omnirun.machine.firecracker;

import io.omnirun.guest.VsockDialer;
import io.omnirun.machine.GuestPath;
import io.omnirun.machine.TreeRemoval;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of one machine. The directory is its VMM's working directory, and the VMM is told names
 * relative to it: a snapshot keeps the names of drives and of the vsock socket as they were given,
 * and the same names mean each clone's own files (facts 3.1 c).
 *
 * @param path the directory
 */
record FirecrackerDirectory(Path path) {
  static final String API = "api.sock";
  static final String VSOCK = "vsock.sock";
  static final String DISK = "disk.img";
  static final String BASE = "base.img";
  static final String KERNEL = "vmlinux";
  static final String INITRD = "initrd";
  static final String STATE = "state";
  static final String MEMORY = "mem";
  static final String LOG = "vmm.log";

  static FirecrackerDirectory of(Path machinesDir, MachineId id) {
    return new FirecrackerDirectory(machinesDir.resolve(id.value()));
  }

  /** The machines that have a directory. Other names are left alone. */
  static Set<MachineId> list(Path machinesDir) {
    try (Stream<Path> entries = Files.list(machinesDir)) {
      return entries
          .flatMap(entry -> MachineId.parse(entry.getFileName().toString()).stream())
          .collect(Collectors.toSet());
    } catch (NoSuchFileException noMachineYet) {
      return Set.of();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "the machines' directory cannot be read", e);
    }
  }

  MachineId machine() {
    return new MachineId(path.getFileName().toString());
  }

  /** Makes the directory, for this user alone. */
  void create() throws IOException {
    Files.createDirectory(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Makes a name for a file that all machines share. */
  void link(String name, Path shared) throws IOException {
    Files.createSymbolicLink(path.resolve(name), shared.toAbsolutePath());
  }

  Path apiSocket() {
    return path.resolve(API);
  }

  Path disk() {
    return path.resolve(DISK);
  }

  Path state() {
    return path.resolve(STATE);
  }

  Path memory() {
    return path.resolve(MEMORY);
  }

  Path log() {
    return path.resolve(LOG);
  }

  /** How its guest is reached. */
  GuestPath guestPath() {
    return new GuestPath(
        machine(), new VsockDialer(path.resolve(VSOCK)), path.resolve("guest.sock"));
  }

  /** Removes the directory and all in it. Idempotent. */
  void delete() {
    try {
      Files.walkFileTree(path, new TreeRemoval());
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a machine's directory cannot be removed", e);
    }
  }
}
