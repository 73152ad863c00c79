package io.omnirun.machine.qemu;

import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.seal.SealedOutput;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Takes a VMM's state from a socket into a file. QEMU cannot be given a file for it: its sandbox
 * forbids the programs that its {@code exec:} would start, and it has no {@code file:} before
 * version 8.2. Used by one thread.
 */
final class StateReceiver implements Closeable {
  /** The device state of a machine with our few devices is under half a megabyte. */
  private static final long MAX_STATE_BYTES = 64L * 1024 * 1024;

  private static final int BUFFER_BYTES = 256 * 1024;

  private final ServerSocketChannel listener;
  private @Nullable BackgroundWork reception;

  private interface Sink {
    void write(ByteBuffer bytes) throws IOException;
  }

  private StateReceiver(ServerSocketChannel listener) {
    this.listener = listener;
  }

  /** Listens where the VMM's own user may connect; the directories above keep others away. */
  static StateReceiver listen(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
      return new StateReceiver(listener);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /**
   * Takes one connection's bytes into a new file, in the background, and is done at their end.
   * Closing this receiver breaks that off. Once, this or the other.
   */
  BackgroundWork receiveInto(Path file) {
    return begin(
        () -> {
          try (FileChannel target =
              FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            receive(MAX_STATE_BYTES, bytes -> writeAll(target, bytes));
          }
        });
  }

  /**
   * As {@link #receiveInto(Path)}, encrypted, with the RAM of a machine: is done when all of it is
   * on disk. The caller closes the file.
   */
  BackgroundWork receiveInto(SealedOutput file, long ramBytes) {
    return begin(
        () -> {
          receive(maxBytes(ramBytes), file::write);
          file.finish();
        });
  }

  /** Every page has a head of nine bytes at most, which is less than a hundredth of it. */
  static long maxBytes(long ramBytes) {
    return ramBytes + ramBytes / 100 + MAX_STATE_BYTES;
  }

  private BackgroundWork begin(BackgroundWork.Work work) {
    BackgroundWork begun = BackgroundWork.start("state-receiver", work);
    reception = begun;
    return begun;
  }

  private void receive(long maxBytes, Sink sink) throws IOException {
    try (SocketChannel vmm = OneConnection.accept(listener)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
      long received = 0;
      while (vmm.read(buffer.clear()) >= 0) {
        buffer.flip();
        received += buffer.remaining();
        if (received > maxBytes) {
          throw new IOException("a state of more than " + maxBytes + " bytes");
        }
        sink.write(buffer);
      }
    }
  }

  private static void writeAll(FileChannel target, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      target.write(bytes);
    }
  }

  /** Returns when nothing is received any more; the VMM sees a broken connection. Idempotent. */
  @Override
  public void close() throws IOException {
    listener.close();
    if (reception != null) {
      reception.cancel();
    }
  }
}
