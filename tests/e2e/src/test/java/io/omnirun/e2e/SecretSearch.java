package io.omnirun.e2e;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Looks for a marked secret, as root: plain, in Base64 wherever it begins in a group of three
 * bytes, and in hexadecimal digits.
 */
final class SecretSearch {
  private static final int BLOCK_BYTES = 4 * 1024 * 1024;

  private final List<byte[]> forms = new ArrayList<>();
  private final int longest;

  SecretSearch(String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.US_ASCII);
    forms.add(bytes);
    for (int before = 0; before < 3; before++) {
      String encoded =
          Base64.getEncoder()
              .encodeToString((" ".repeat(before) + secret).getBytes(StandardCharsets.US_ASCII));
      // The first and the last group also hold bits of what stands around the secret.
      forms.add(encoded.substring(4, encoded.length() - 4).getBytes(StandardCharsets.US_ASCII));
    }
    forms.add(HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII));
    longest = forms.stream().mapToInt(form -> form.length).max().orElseThrow();
  }

  boolean isIn(String text) {
    return isIn(text.getBytes(StandardCharsets.UTF_8));
  }

  private boolean isIn(byte[] bytes) {
    return forms.stream().anyMatch(form -> indexOf(bytes, bytes.length, form) >= 0);
  }

  /** The regular files below a place that hold it. */
  List<Path> filesBelow(Path place) {
    try (Stream<Path> tree = Files.walk(place)) {
      return tree.filter(Files::isRegularFile).filter(this::isInFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isInFile(Path file) {
    try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
      return isIn(content, 0, content.length());
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** Whether it stands in the memory of a process that can be read. */
  boolean isInMemoryOf(long pid) {
    Path process = Path.of("/proc", Long.toString(pid));
    try (RandomAccessFile memory = new RandomAccessFile(process.resolve("mem").toFile(), "r")) {
      for (String line : Files.readAllLines(process.resolve("maps"))) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
        boolean readable = line.charAt(line.indexOf(' ') + 1) == 'r' && !line.contains("[v");
        if (readable && isInRange(memory, range)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isInRange(RandomAccessFile memory, String[] range) {
    long from = Long.parseUnsignedLong(range[0], 16);
    try {
      return isIn(memory, from, Long.parseUnsignedLong(range[1], 16) - from);
    } catch (IOException deviceMemory) {
      return false;
    }
  }

  private boolean isIn(RandomAccessFile content, long from, long length) throws IOException {
    byte[] block = new byte[BLOCK_BYTES + longest];
    int kept = 0;
    content.seek(from);
    for (long done = 0; done < length; ) {
      int read = content.read(block, kept, (int) Math.min(BLOCK_BYTES, length - done));
      if (read <= 0) {
        return false;
      }
      int filled = kept + read;
      for (byte[] form : forms) {
        if (indexOf(block, filled, form) >= 0) {
          return true;
        }
      }
      kept = Math.min(longest, filled);
      System.arraycopy(block, filled - kept, block, 0, kept);
      done += read;
    }
    return false;
  }

  private static int indexOf(byte[] bytes, int length, byte[] wanted) {
    for (int at = 0; at + wanted.length <= length; at++) {
      if (bytes[at] == wanted[0]
          && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at;
      }
    }
    return -1;
  }

  /** The processes of the host whose arguments or environment hold it. */
  List<Long> processesTold() {
    return ProcessHandle.allProcesses()
        .map(ProcessHandle::pid)
        .filter(pid -> isTold(pid, "cmdline") || isTold(pid, "environ"))
        .toList();
  }

  private boolean isTold(long pid, String file) {
    try {
      return isIn(Files.readAllBytes(Path.of("/proc", Long.toString(pid), file)));
    } catch (IOException goneMeanwhile) {
      return false;
    }
  }
}
