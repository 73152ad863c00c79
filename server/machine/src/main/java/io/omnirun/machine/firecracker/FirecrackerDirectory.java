package io.omnirun.machine.firecracker;

import io.omnirun.guest.VsockDialer;
import io.omnirun.machine.GuestPath;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files of one machine. Its VMM works in a directory below, and is told names relative to that:
 * a snapshot keeps the names of drives and of the vsock socket as they were given, and the same
 * names mean each clone's own files (facts 3.1 c). What lies beside the VMM's directory is put
 * there by whoever starts it: in a jail these are mounts of single files. Firecracker's jailer has
 * it work in the root of such a jail, above which there is nothing: there the names mean the same.
 *
 * @param path the directory
 */
record FirecrackerDirectory(Path path) {
  static final String API = "api.sock";
  private static final String VSOCK_FILE = "vsock.sock";

  /** As the VMM says it: the directory by its own name, for under a jailer it works elsewhere. */
  static final String VSOCK = "../vmm/" + VSOCK_FILE;

  /** Names of what lies beside, as the VMM says them. */
  static final String DISK = "../disk/disk.img";

  static final String BASE = "../base/base.img";

  static final String KERNEL = "../kernel/vmlinux";
  static final String INITRD = "../kernel/initrd";
  static final String GOLDEN_STATE = "../golden/state";
  static final String GOLDEN_MEMORY = "../golden/mem";
  static final String STATE = "../memory/state";
  static final String MEMORY = "../memory/mem";

  static FirecrackerDirectory of(Path machinesDir, MachineId id) {
    return new FirecrackerDirectory(machinesDir.resolve(id.value()));
  }

  MachineId machine() {
    return new MachineId(path.getFileName().toString());
  }

  /** Makes the directories, for this user alone. */
  void create() throws IOException {
    createDirectory(path);
    createDirectory(vmmDirectory());
    createDirectory(diskDirectory());
  }

  private static void createDirectory(Path wanted) throws IOException {
    Files.createDirectory(
        wanted, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** The VMM's working directory, in which it makes its sockets. */
  Path vmmDirectory() {
    return path.resolve("vmm");
  }

  /**
   * The VMM has made its sockets and makes nothing more: before a guest runs, its user loses the
   * right to. Else one that a guest has taken over could fill the disk with files.
   */
  void closeToVmm() throws IOException {
    Files.setPosixFilePermissions(vmmDirectory(), PosixFilePermissions.fromString("rwx--x---"));
  }

  Path apiSocket() {
    return vmmDirectory().resolve(API);
  }

  private Path diskDirectory() {
    return path.resolve("disk");
  }

  Path disk() {
    return diskDirectory().resolve("disk.img");
  }

  /** What its VMM must be like: see {@link io.omnirun.machine.pausing.MachineShape}. */
  Path shape() {
    return path.resolve("shape");
  }

  /** From now on the machine is known to map a memory file of its own, also by a next server. */
  void markResumed() throws IOException {
    Files.createFile(resumed());
  }

  boolean isResumed() {
    return Files.exists(resumed());
  }

  private Path resumed() {
    return path.resolve("resumed");
  }

  Path log() {
    return path.resolve("vmm.log");
  }

  /** Where a machine that boots writes its snapshot: that of a template is no secret. */
  MemoryDirectory memoryOfBoot() {
    return new MemoryDirectory(path.resolve("memory"));
  }

  /** How its guest is reached. */
  GuestPath guestPath() {
    return new GuestPath(
        machine(), new VsockDialer(vmmDirectory().resolve(VSOCK_FILE)), path.resolve("guest.sock"));
  }

  /** Removes the directory and all in it. Idempotent. */
  void delete() {
    MachineDirectories.delete(path);
  }
}
