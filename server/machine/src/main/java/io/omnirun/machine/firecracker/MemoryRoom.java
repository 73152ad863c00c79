package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;

import io.omnirun.machine.HostDetailException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The directory on a tmpfs in which machines' memory is written and read, and the room in it: each
 * pause and resume is given its own before it writes anything, for a tmpfs may have less than the
 * host has memory. Thread-safe; one for all that write there, or what one was given another would
 * take.
 */
public final class MemoryRoom {
  private static final long BYTES_PER_MIB = 1024L * 1024;

  /** Device state is bounded by ten megabytes. */
  private static final int STATE_MIB = 10;

  private final Path directory;
  private final Space space;
  private final Set<Reservation> given = new HashSet<>();

  /** Bytes of memory of machines that map it, in files without a name, or are about to. */
  private final Map<MachineId, Long> mapped = new HashMap<>();

  /** The file system of a directory. */
  interface Space {
    long freeBytes() throws IOException;

    default long totalBytes() throws IOException {
      return Long.MAX_VALUE;
    }
  }

  private record FileSystem(Path directory) implements Space {
    @Override
    public long freeBytes() throws IOException {
      return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public long totalBytes() throws IOException {
      return Files.getFileStore(directory).getTotalSpace();
    }
  }

  /**
   * @param directory one directory per machine is made there
   */
  public MemoryRoom(Path directory) {
    this(directory, new FileSystem(directory));
  }

  MemoryRoom(Path directory, Space space) {
    this.directory = requireNonNull(directory, "directory is null");
    this.space = requireNonNull(space, "space is null");
  }

  Path directory() {
    return directory;
  }

  /** A machine's part of it. */
  MemoryDirectory of(MachineId machine) {
    return MemoryDirectory.volatileOf(directory, machine);
  }

  /**
   * Room that nobody else is given until it is closed, which may be repeated. Whoever fails removes
   * what was written first.
   */
  final class Reservation implements AutoCloseable {
    private final MachineId machine;
    private final int memoryMib;
    private final MemoryDirectory files;
    private final boolean resumes;

    private Reservation(MachineId machine, int memoryMib, boolean resumes) {
      this.machine = machine;
      this.memoryMib = memoryMib;
      this.files = of(machine);
      this.resumes = resumes;
    }

    private long bytes() {
      return pauseBytes(memoryBytes());
    }

    private long memoryBytes() {
      return memoryMib * BYTES_PER_MIB;
    }

    /** What is written is not free any more, and must not count twice. */
    private long unwritten() throws IOException {
      return Math.max(0, bytes() - files.allocatedBytes());
    }

    /** Its machine maps the memory from here on: as {@link MemoryRoom#keep}, and closes this. */
    void keep() {
      synchronized (MemoryRoom.this) {
        MemoryRoom.this.keep(machine, memoryMib);
        close();
      }
    }

    @Override
    public void close() {
      giveBack(this);
    }
  }

  /** What a pause writes. */
  private static long pauseBytes(long memoryBytes) {
    return memoryBytes + STATE_MIB * BYTES_PER_MIB;
  }

  /**
   * Puts room aside for a machine's state and memory, which a pause writes.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED if they do not fit beside those in flight
   */
  Reservation reserve(MachineId machine, int memoryMib) {
    return reserve(new Reservation(machine, memoryMib, false));
  }

  /**
   * The same for a resume, which keeps the room for the memory: so much is left over that it, and
   * each that was resumed before, can be paused again when nothing else is in flight.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED if they do not fit, or would leave too little
   */
  Reservation reserveForResume(MachineId machine, int memoryMib) {
    return reserve(new Reservation(machine, memoryMib, true));
  }

  private synchronized Reservation reserve(Reservation wanted) {
    try {
      // First: what is written meanwhile is counted as both then, and not as neither.
      long promised = promisedBytes();
      long left = Math.min(space.freeBytes() - promised, unclaimedBytes());
      if (left < wanted.bytes()) {
        throw full(wanted.bytes(), left, promised);
      }
      if (wanted.resumes) {
        requireRoomForPauseAfter(wanted);
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the room for machines' memory cannot be read", e);
    }
    given.add(wanted);
    return wanted;
  }

  /** What stays if each fills what is its own: of a mapped file nobody sees how much it has. */
  private long unclaimedBytes() throws IOException {
    return space.totalBytes() - mappedBytes() - given.stream().mapToLong(Reservation::bytes).sum();
  }

  private long mappedBytes() {
    return mapped.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Pauses in flight do not count: they end, and what they write goes with them. */
  private void requireRoomForPauseAfter(Reservation wanted) throws IOException {
    long kept = mappedBytes();
    long largest = wanted.memoryBytes();
    for (long memory : mapped.values()) {
      largest = Math.max(largest, memory);
    }
    for (Reservation other : given) {
      if (other.resumes) {
        kept += other.memoryBytes();
        largest = Math.max(largest, other.memoryBytes());
      }
    }
    long left = space.totalBytes() - kept;
    long needed = wanted.memoryBytes() + pauseBytes(largest);
    if (left < needed) {
      throw full(needed, left, kept - mappedBytes());
    }
  }

  /**
   * Keeps the room for all of the memory of a machine that maps it from a file here, until it is
   * forgotten: pages that held zeros take some only when the guest touches them, and a VMM that
   * finds none is killed by SIGBUS. May be repeated.
   */
  synchronized void keep(MachineId machine, int memoryMib) {
    mapped.put(machine, memoryMib * BYTES_PER_MIB);
  }

  /** Gives back what was kept for a machine whose VMM is gone. Idempotent. */
  synchronized void forget(MachineId machine) {
    mapped.remove(machine);
  }

  private long promisedBytes() throws IOException {
    long sum = 0;
    for (Reservation other : given) {
      sum += other.unwritten();
    }
    return sum;
  }

  private OmniRunException full(long wanted, long left, long promised) {
    return new OmniRunException(
        ErrorCode.CAPACITY_EXHAUSTED,
        "this server has no room for the memory of another sandbox that is paused or resumed; try again later, or have its operator make more",
        new HostDetailException(
            "%s has %d MiB of room beside %d that running sandboxes keep which were resumed and %d that others were promised, and %d are needed: enlarge it"
                .formatted(
                    directory,
                    Math.max(0, left) / BYTES_PER_MIB,
                    mappedBytes() / BYTES_PER_MIB,
                    promised / BYTES_PER_MIB,
                    wanted / BYTES_PER_MIB)));
  }

  private synchronized void giveBack(Reservation reservation) {
    given.remove(reservation);
  }
}
