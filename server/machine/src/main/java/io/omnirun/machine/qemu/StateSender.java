package io.omnirun.machine.qemu;

import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.seal.SealedInput;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Gives a paused machine's state, decrypted as it goes, to the one connection that the launcher
 * makes for the VMM: plain text is never on a disk. Used by one thread.
 */
final class StateSender implements Closeable {
  private final ServerSocketChannel listener;
  private @Nullable BackgroundWork sending;

  private StateSender(ServerSocketChannel listener) {
    this.listener = listener;
  }

  /** Listens for the launcher alone, which is root. */
  static StateSender listen(Path socket) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      return new StateSender(listener);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /**
   * Sends a file to its end, in the background, and closes it; is done when all of it was taken. If
   * something goes wrong the VMM sees its input end too early. Closing this sender breaks it off.
   * Once.
   */
  BackgroundWork send(SealedInput file) {
    BackgroundWork begun =
        BackgroundWork.start(
            "state-sender",
            () -> {
              try (file;
                  SocketChannel vmm = OneConnection.accept(listener)) {
                sendAll(file, vmm);
              }
            });
    sending = begun;
    return begun;
  }

  private static void sendAll(SealedInput file, SocketChannel vmm) throws IOException {
    ByteBuffer bytes = file.next();
    while (bytes.hasRemaining()) {
      while (bytes.hasRemaining()) {
        vmm.write(bytes);
      }
      bytes = file.next();
    }
  }

  /** Returns when nothing is sent any more. Idempotent. */
  @Override
  public void close() throws IOException {
    listener.close();
    if (sending != null) {
      sending.cancel();
    }
  }
}
