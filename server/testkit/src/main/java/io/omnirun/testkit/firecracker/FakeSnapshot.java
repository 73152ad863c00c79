package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The fake's snapshots: a state with magic, version and checksum, and a memory file of the
 * machine's exact size, at whose beginning stand the files that the guest has in its "memory".
 */
final class FakeSnapshot {
  /** No more of the guest's files, as JSON, fits into the smallest memory. */
  private static final int MAX_CONTENT_BYTES = 1024 * 1024;

  private static final int MAGIC = 0xFA4EF17E;
  private static final int CHECKSUM_BYTES = Long.BYTES;
  private static final long BYTES_PER_MIB = 1024L * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a state file holds. */
  record State(
      @JsonProperty("version") String version,
      @JsonProperty("configuration") Configuration configuration) {}

  private FakeSnapshot() {}

  static void writeState(Path target, State state) throws IOException {
    byte[] json = JSON.writeValueAsBytes(state);
    ByteBuffer file = ByteBuffer.allocate(Integer.BYTES + json.length + CHECKSUM_BYTES);
    file.putInt(MAGIC).put(json).putLong(checksum(json));
    Files.write(target, file.array());
  }

  static State readState(Path source, String version) throws IOException, Refusal {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(source));
    if (file.capacity() < Integer.BYTES + CHECKSUM_BYTES) {
      throw stateRefusal("IO Error: File too short to contain CRC");
    }
    byte[] json = new byte[file.capacity() - Integer.BYTES - CHECKSUM_BYTES];
    file.get(Integer.BYTES, json);
    if (file.getLong(file.capacity() - CHECKSUM_BYTES) != checksum(json)) {
      throw stateRefusal("CRC64 validation failed");
    }
    if (file.getInt(0) != MAGIC) {
      throw stateRefusal("Magic value does not match arch");
    }
    State state = JSON.readValue(json, State.class);
    if (!state.version().equals(version)) {
      throw stateRefusal("Invalid data version: " + state.version());
    }
    return state;
  }

  private static Refusal stateRefusal(String reason) {
    return Refusal.fatal(
        "Load snapshot error: Failed to restore from snapshot: Failed to get snapshot state from"
            + " file: Failed to load snapshot state from file: "
            + reason);
  }

  private static long checksum(byte[] bytes) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    return checksum.getValue();
  }

  /** Like Firecracker it does not cut off a file that has the right size. */
  static void writeMemory(Path target, int memoryMib, Map<String, byte[]> content)
      throws IOException {
    byte[] json = JSON.writeValueAsBytes(content);
    if (json.length > MAX_CONTENT_BYTES) {
      throw new IOException("the fake's guest has too much in its memory");
    }
    try (RandomAccessFile file = new RandomAccessFile(target.toFile(), "rw")) {
      file.setLength(memoryMib * BYTES_PER_MIB);
      file.writeInt(json.length);
      file.write(json);
      file.getFD().sync();
    }
  }

  static Map<String, byte[]> readMemory(Path source, int memoryMib) throws IOException, Refusal {
    if (Files.size(source) < memoryMib * BYTES_PER_MIB) {
      throw Refusal.fatal(
          "Load snapshot error: Failed to restore from snapshot: Failed to load guest memory:"
              + " Error creating guest memory from file: The file is too small");
    }
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "r")) {
      byte[] json = new byte[Math.clamp(file.readInt(), 0, MAX_CONTENT_BYTES)];
      file.readFully(json);
      return JSON.readValue(new String(json, UTF_8), new TypeReference<Map<String, byte[]>>() {});
    }
  }
}
