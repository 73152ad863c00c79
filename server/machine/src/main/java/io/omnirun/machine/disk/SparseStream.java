package io.omnirun.machine.disk;

import io.omnirun.machine.disk.DataExtents.Extent;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

/**
 * A mostly empty file as a stream of its data: the size, then pieces of offset, length and bytes in
 * order, then a piece of no length. Pieces that hold zeros alone are left out.
 */
public final class SparseStream {
  private static final int PIECE_BYTES = 256 * 1024;

  private SparseStream() {}

  /** How much of a file the file system has blocks for. */
  public static long allocatedBytes(Path file) throws IOException {
    return stretches(file, Files.size(file)).stream().mapToLong(Extent::length).sum();
  }

  /** Writes a file, which must not change meanwhile. The caller closes {@code target}. */
  public static void write(Path source, DataOutputStream target) throws IOException {
    try (FileChannel file = FileChannel.open(source, StandardOpenOption.READ)) {
      target.writeLong(file.size());
      byte[] piece = new byte[PIECE_BYTES];
      for (Extent stretch : stretches(source, file.size())) {
        for (long offset = stretch.offset(); offset < stretch.end(); offset += PIECE_BYTES) {
          int length = (int) Math.min(PIECE_BYTES, stretch.end() - offset);
          read(file, offset, ByteBuffer.wrap(piece, 0, length));
          writeUnlessZeros(offset, piece, length, target);
        }
      }
      target.writeLong(file.size());
      target.writeInt(0);
      target.flush();
    }
  }

  private static void writeUnlessZeros(
      long offset, byte[] piece, int length, DataOutputStream target) throws IOException {
    if (piece[0] == 0 && Arrays.equals(piece, 0, length - 1, piece, 1, length)) {
      return;
    }
    target.writeLong(offset);
    target.writeInt(length);
    target.write(piece, 0, length);
  }

  /**
   * Reads the beginning of a stream and makes the file where none is yet, of the right size and
   * empty; {@link #fill} is to follow.
   */
  public static void create(DataInputStream source, Path target) throws IOException {
    long size = source.readLong();
    try (RandomAccessFile file = newFile(target)) {
      file.setLength(size);
    }
  }

  /**
   * Reads the rest of a stream into the file. The caller closes {@code source}.
   *
   * @throws IOException also if what is read is no such stream
   */
  public static void fill(DataInputStream source, Path target) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
      long size = file.length();
      byte[] piece = new byte[PIECE_BYTES];
      long offset = source.readLong();
      int length = source.readInt();
      while (length != 0) {
        if (length < 0 || length > PIECE_BYTES || offset < 0 || offset > size - length) {
          throw new IOException("a piece of the disk lies outside of it");
        }
        source.readFully(piece, 0, length);
        file.seek(offset);
        file.write(piece, 0, length);
        offset = source.readLong();
        length = source.readInt();
      }
    }
  }

  private static RandomAccessFile newFile(Path target) throws IOException {
    Files.createFile(target);
    return new RandomAccessFile(target.toFile(), "rw");
  }

  private static List<Extent> stretches(Path file, long size) throws IOException {
    try (NativeFile seeker = NativeFile.open(file)) {
      return DataStretches.find(seeker, size);
    }
  }

  private static void read(FileChannel file, long offset, ByteBuffer piece) throws IOException {
    while (piece.hasRemaining()) {
      if (file.read(piece, offset + piece.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
  }
}
