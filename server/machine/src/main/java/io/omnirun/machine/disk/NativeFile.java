package io.omnirun.machine.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * A file open for seeking in the ways that Java does not know. Used by the thread that opened it.
 *
 * <p>JUSTIFICATION: only {@code lseek(2)} with {@code SEEK_DATA} and {@code SEEK_HOLE} tells where
 * the holes of a file are; no class of Java's does, and none gives a descriptor away. Reading a
 * hole instead costs as much as reading data, and fills the host's page cache with zeros.
 *
 * <p>SAFETY: the descriptor is our own, close-on-exec, and closed once. The only memory that native
 * code sees is the path and the errno, both in an arena that outlives the call and nothing else.
 * The errno is captured by the call itself, so that the JVM cannot overwrite it. The calls pin a
 * virtual thread to its carrier: they take microseconds, for the answer lies in the file system's
 * metadata; {@code open} may read an inode from the disk, as Java's own does.
 */
final class NativeFile implements FileSeeker, AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLOSED = -1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option WITH_ERRNO = Linker.Option.captureCallState("errno");
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** {@code int open(const char *, int, ...)}: there is no third argument without O_CREAT. */
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2),
          WITH_ERRNO);

  /** {@code off_t lseek(int, off_t, int)}, where off_t has 64 bits. */
  private static final MethodHandle LSEEK =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("lseek"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT),
          WITH_ERRNO);

  /** {@code int close(int)}. */
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT),
          WITH_ERRNO);

  private int descriptor;

  private NativeFile(int descriptor) {
    this.descriptor = descriptor;
  }

  /** Opens a file for reading. The caller closes it. */
  static NativeFile open(Path file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment path = arena.allocateFrom(file.toString());
      int result = (int) OPEN.invokeExact(state, path, O_RDONLY_CLOEXEC);
      checkResult("open", result, state);
      return new NativeFile(result);
    } catch (Throwable e) {
      throw passOn(e);
    }
  }

  @Override
  public long seek(long offset, Whence whence) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      long result = (long) LSEEK.invokeExact(state, descriptor, offset, whence.number());
      checkResult("lseek", result, state);
      return result;
    } catch (Throwable e) {
      throw passOn(e);
    }
  }

  /** Idempotent. */
  @Override
  public void close() throws IOException {
    int closing = descriptor;
    descriptor = CLOSED;
    if (closing == CLOSED) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int result = (int) CLOSE.invokeExact(state, closing);
      checkResult("close", result, state);
    } catch (Throwable e) {
      throw passOn(e);
    }
  }

  private static void checkResult(String call, long result, MemorySegment state)
      throws NativeCallException {
    if (result < 0) {
      throw new NativeCallException(call, (int) ERRNO.get(state, 0L));
    }
  }

  /** A method handle may throw anything by its type; a native call throws nothing. */
  private static IOException passOn(Throwable thrown) {
    return switch (thrown) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException("a native call threw", thrown);
    };
  }
}
