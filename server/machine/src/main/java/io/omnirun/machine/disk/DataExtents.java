package io.omnirun.machine.disk;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the data of a mostly empty file lies. Everything else in it reads as zeros.
 *
 * @param fileBytes the file's size
 * @param extents in order, apart from each other, within the file
 */
public record DataExtents(long fileBytes, List<Extent> extents) {
  /** The block of ext4 here and in the guest: a smaller hole would save nothing. */
  private static final int BLOCK_BYTES = 4096;

  private static final int READ_BYTES = 1024 * 1024;

  /** A disk of 1 TiB with a hole after every other MiB stays below it. */
  private static final int MAX_EXTENTS = 1_000_000;

  private static final String MANIFEST_HEAD = "omnirun-extents-1";

  /** A stretch of data, in bytes. */
  public record Extent(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  public DataExtents {
    extents = List.copyOf(extents);
    long end = 0;
    for (Extent extent : extents) {
      if (extent.offset() < end
          || extent.length() <= 0
          || extent.length() > fileBytes - extent.offset()) {
        throw new IllegalArgumentException("extents are not in order or leave the file");
      }
      end = extent.end();
    }
  }

  /** How much data there is. */
  public long dataBytes() {
    return extents.stream().mapToLong(Extent::length).sum();
  }

  /**
   * Reads for it what the file system does not know to be a hole, and takes blocks of written zeros
   * for holes too; the file must not change meanwhile. Blocks.
   */
  public static DataExtents scan(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, READ);
        NativeFile seeker = NativeFile.open(file)) {
      return scan(channel, DataStretches.find(seeker, channel.size()));
    }
  }

  private static DataExtents scan(FileChannel channel, List<Extent> stretches) throws IOException {
    List<Extent> extents = new ArrayList<>();
    ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    ByteBuffer zeros = ByteBuffer.allocateDirect(READ_BYTES);
    for (Extent stretch : stretches) {
      for (long position = stretch.offset(); position < stretch.end(); position += READ_BYTES) {
        buffer.clear().limit((int) Math.min(READ_BYTES, stretch.end() - position));
        fill(buffer, channel, position);
        scan(buffer, zeros, position, extents);
      }
    }
    return new DataExtents(channel.size(), extents);
  }

  /** Keeps them in a file beside the disk, so that the next start need not scan. */
  public void save(Path manifest) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(MANIFEST_HEAD + " " + fileBytes);
    extents.forEach(extent -> lines.add(extent.offset() + " " + extent.length()));
    Files.write(manifest, lines);
  }

  /**
   * What {@link #save} has kept.
   *
   * @throws IOException also if the file is not a manifest
   */
  public static DataExtents load(Path manifest) throws IOException {
    try (var lines = Files.lines(manifest)) {
      List<String> read = lines.limit(MAX_EXTENTS + 1L).toList();
      List<Extent> extents = new ArrayList<>();
      for (String line : read.subList(1, read.size())) {
        String[] numbers = line.split(" ", 2);
        extents.add(new Extent(Long.parseLong(numbers[0]), Long.parseLong(numbers[1])));
      }
      String[] head = read.getFirst().split(" ", 2);
      if (!head[0].equals(MANIFEST_HEAD)) {
        throw new IOException("not a manifest of extents: " + manifest.getFileName());
      }
      return new DataExtents(Long.parseLong(head[1]), extents);
    } catch (RuntimeException e) {
      throw new IOException("not a manifest of extents: " + manifest.getFileName(), e);
    }
  }

  private static void fill(ByteBuffer buffer, FileChannel channel, long position)
      throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file became shorter while it was read");
      }
    }
    buffer.flip();
  }

  /** A buffer full of zeros is told by one comparison. */
  private static void scan(ByteBuffer buffer, ByteBuffer zeros, long position, List<Extent> found) {
    if (buffer.mismatch(zeros.slice(0, buffer.limit())) < 0) {
      return;
    }
    for (int start = 0; start < buffer.limit(); start += BLOCK_BYTES) {
      int length = Math.min(BLOCK_BYTES, buffer.limit() - start);
      if (buffer.slice(start, length).mismatch(zeros.slice(0, length)) >= 0) {
        append(found, new Extent(position + start, length));
      }
    }
  }

  private static void append(List<Extent> found, Extent next) {
    if (!found.isEmpty() && found.getLast().end() == next.offset()) {
      Extent last = found.removeLast();
      found.add(new Extent(last.offset(), last.length() + next.length()));
    } else {
      found.add(next);
    }
  }
}
