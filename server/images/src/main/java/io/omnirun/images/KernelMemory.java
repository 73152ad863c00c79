package io.omnirun.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers which kernel package apt has named, for as long as what apt answers from stays the
 * same: asking takes one to two seconds, at every start. Thread-safe, also between processes.
 */
final class KernelMemory {
  /** Names the newest kernel package; slow. */
  interface Apt {
    KernelPackage newest() throws ProgramFailedException;
  }

  private static final Logger log = LoggerFactory.getLogger(KernelMemory.class);

  /** Three short lines come nowhere near. */
  private static final int MAX_FILE_BYTES = 4096;

  private final Path file;
  private final AptState state;
  private final Apt apt;

  /**
   * @param file where the answer is kept: name, version, and a seal over both and apt's state
   */
  KernelMemory(Path file, AptState state, Apt apt) {
    this.file = file;
    this.state = state;
    this.apt = apt;
  }

  /** The newest kernel package; runs apt only if it must. */
  KernelPackage newest() throws ProgramFailedException {
    // Taken before the question: lists that change meanwhile make the answer one of the past.
    String fingerprint = state.fingerprint();
    Optional<KernelPackage> remembered = recall(fingerprint);
    if (remembered.isPresent()) {
      return remembered.get();
    }
    KernelPackage answer = apt.newest();
    keep(answer, fingerprint);
    return answer;
  }

  /** The seal holds for no other state, and for no line that is damaged or half written. */
  private Optional<KernelPackage> recall(String fingerprint) {
    try (InputStream input = Files.newInputStream(file)) {
      List<String> lines =
          new String(input.readNBytes(MAX_FILE_BYTES), ISO_8859_1).lines().toList();
      if (lines.size() != 3) {
        return Optional.empty();
      }
      KernelPackage kept = new KernelPackage(lines.get(0), lines.get(1));
      return Optional.of(kept).filter(it -> lines.get(2).equals(seal(it, fingerprint)));
    } catch (NoSuchFileException nothingKeptYet) {
      return Optional.empty();
    } catch (IOException e) {
      log.warn("the kernel package that was remembered cannot be read; apt is asked", e);
      return Optional.empty();
    }
  }

  /** Without the memory the next start is slower, and nothing worse. */
  private void keep(KernelPackage answer, String fingerprint) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(
          file, List.of(answer.name(), answer.version(), seal(answer, fingerprint)), ISO_8859_1);
    } catch (IOException e) {
      log.warn("the kernel package cannot be remembered; the next start asks apt again", e);
    }
  }

  private static String seal(KernelPackage answer, String fingerprint) {
    return new InputHash("kernel memory")
        .add("name", answer.name())
        .add("version", answer.version())
        .add("apt", fingerprint)
        .hex();
  }
}
