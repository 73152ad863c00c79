package io.omnirun.rest;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Writes a file of {@link SpoolFiles}, and tells the host's failures from the client's, who is read
 * at the same time: it throws NO_SPACE where another stream throws an IOException. Used by one
 * thread.
 */
final class SpoolOutput extends OutputStream {
  private final FileChannel file;

  SpoolOutput(FileChannel file) {
    this.file = file;
  }

  @Override
  public void write(int single) {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    ByteBuffer left = ByteBuffer.wrap(bytes, offset, length);
    try {
      while (left.hasRemaining()) {
        file.write(left);
      }
    } catch (IOException e) {
      throw SpoolFiles.noSpace(e);
    }
  }
}
