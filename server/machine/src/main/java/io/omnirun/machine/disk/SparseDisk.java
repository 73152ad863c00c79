package io.omnirun.machine.disk;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A disk image of which little is written: knows where its data lies, so that copies cost what the
 * data costs, not what the disk's size is. Immutable; the image must not change while this object
 * is in use.
 */
public final class SparseDisk {
  /** ext4's block, and the host file system's: smaller extents would save nothing. */
  private static final int BLOCK_BYTES = 4096;

  private static final int SCAN_BYTES = 1024 * 1024;

  private record Extent(long offset, long length) {}

  private final Path image;
  private final long sizeBytes;
  private final List<Extent> extents;

  private SparseDisk(Path image, long sizeBytes, List<Extent> extents) {
    this.image = image;
    this.sizeBytes = sizeBytes;
    this.extents = List.copyOf(extents);
  }

  /**
   * Scans an image for data. Reads all of it: done once for a golden snapshot, never on the create
   * path.
   */
  public static SparseDisk scan(Path image) throws IOException {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
      return new SparseDisk(image, channel.size(), findExtents(channel));
    }
  }

  private static List<Extent> findExtents(FileChannel channel) throws IOException {
    List<Extent> found = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocate(SCAN_BYTES);
    long position = 0;
    while (channel.read(buffer.clear(), position) > 0) {
      buffer.flip();
      for (int start = 0; start < buffer.limit(); start += BLOCK_BYTES) {
        int length = Math.min(BLOCK_BYTES, buffer.limit() - start);
        if (hasData(buffer.slice(start, length))) {
          append(found, position + start, length);
        }
      }
      position += buffer.limit();
    }
    return found;
  }

  private static boolean hasData(ByteBuffer block) {
    return block.mismatch(ByteBuffer.allocate(block.remaining())) >= 0;
  }

  private static void append(List<Extent> found, long offset, long length) {
    if (!found.isEmpty()) {
      Extent last = found.getLast();
      if (last.offset() + last.length() == offset) {
        found.set(found.size() - 1, new Extent(last.offset(), last.length() + length));
        return;
      }
    }
    found.add(new Extent(offset, length));
  }

  /** How much of the image is data. */
  public long dataBytes() {
    return extents.stream().mapToLong(Extent::length).sum();
  }

  /** Makes a sparse copy at a path where nothing is yet. */
  public void copyTo(Path target) throws IOException {
    Files.createFile(target);
    try (FileChannel from = FileChannel.open(image, StandardOpenOption.READ);
        RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
      file.setLength(sizeBytes);
      for (Extent extent : extents) {
        copy(from, file.getChannel(), extent);
      }
    }
  }

  private static void copy(FileChannel from, FileChannel to, Extent extent) throws IOException {
    long copied = 0;
    while (copied < extent.length()) {
      to.position(extent.offset() + copied);
      long count = from.transferTo(extent.offset() + copied, extent.length() - copied, to);
      if (count <= 0) {
        throw new IOException("the image became shorter while it was copied");
      }
      copied += count;
    }
  }
}
