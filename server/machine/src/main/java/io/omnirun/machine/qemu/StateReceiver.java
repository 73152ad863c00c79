package io.omnirun.machine.qemu;

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
import java.util.concurrent.CompletableFuture;

/**
 * Takes a VMM's device state from a socket into a file. QEMU cannot be given a file for it: its
 * sandbox forbids the programs that its {@code exec:} would start, and it has no {@code file:}
 * before version 8.2. Used by one thread.
 */
final class StateReceiver implements Closeable {
  /** The device state of a machine with our few devices is under half a megabyte. */
  private static final long MAX_STATE_BYTES = 64L * 1024 * 1024;

  private static final int BUFFER_BYTES = 64 * 1024;

  private final ServerSocketChannel listener;

  private StateReceiver(ServerSocketChannel listener) {
    this.listener = listener;
  }

  /** Listens where the VMM's own user may connect; the directories above keep others away. */
  static StateReceiver listen(Path socket) throws IOException {
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
   * Takes one connection's bytes into a new file, in the background. Completes at their end, or
   * with what went wrong; closing this receiver ends a wait for the connection.
   */
  CompletableFuture<Void> receiveInto(Path file) {
    CompletableFuture<Void> received = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("state-receiver")
        .start(
            () -> {
              try {
                receive(file);
                received.complete(null);
              } catch (IOException e) {
                received.completeExceptionally(e);
              }
            });
    return received;
  }

  private void receive(Path file) throws IOException {
    try (SocketChannel vmm = listener.accept();
        FileChannel target =
            FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      while (vmm.read(buffer.clear()) >= 0) {
        buffer.flip();
        if (target.position() + buffer.remaining() > MAX_STATE_BYTES) {
          throw new IOException("a device state of more than " + MAX_STATE_BYTES + " bytes");
        }
        while (buffer.hasRemaining()) {
          target.write(buffer);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
