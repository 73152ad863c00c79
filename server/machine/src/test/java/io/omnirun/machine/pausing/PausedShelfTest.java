package io.omnirun.machine.pausing;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PausedShelfTest {
  @TempDir Path directory;
  private final MachineId machine = MachineId.random();
  private PausedShelf shelf;

  @BeforeEach
  void open() {
    shelf = new PausedShelf(directory);
  }

  @Test
  void oneThatIsBeingWrittenIsNotThereAndOneThatIsPublishedIsWhole() throws IOException {
    PausedDirectory staging = write();
    assertThat(shelf.list()).isEmpty();
    shelf.publish(staging, machine);
    assertThat(shelf.list()).containsExactly(machine);
    assertThat(shelf.whole()).containsExactly(machine);
    assertThat(shelf.directory(machine).ram()).hasContent("ram");
    shelf.discard(machine);
    shelf.discard(machine);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void oneThatMissesAFileIsThereAndNotWhole() throws IOException {
    for (String file : List.of("key", "ram", "disk")) {
      shelf.publish(write(), machine);
      Files.delete(shelf.directory(machine).path().resolve(file));
      assertThat(shelf.list()).containsExactly(machine);
      assertThat(shelf.whole()).as("without its " + file).isEmpty();
      shelf.discard(machine);
    }
  }

  /** Whatever breaks the removal off, no half of it is ever taken for the machine. */
  @Test
  void oneThatIsDiscardedLosesItsNameBeforeItsFiles() throws Exception {
    shelf.publish(write(), machine);
    try (WatchService watch = directory.getFileSystem().newWatchService()) {
      directory.register(watch, ENTRY_CREATE);
      shelf.discard(machine);
      assertThat(
              requireNonNull(watch.poll(30, TimeUnit.SECONDS), "nothing was renamed").pollEvents())
          .extracting(event -> String.valueOf(event.context()))
          .containsExactly(".removing-" + machine.value());
    }
  }

  @Test
  void whatKilledServersLeftIsSwept() throws IOException {
    shelf.publish(write(), machine);
    write(MachineId.random());
    Files.createFile(Files.createDirectory(directory.resolve(".removing-m_x")).resolve("ram"));
    shelf.sweep();
    assertThat(directory).isDirectoryNotContaining("glob:**/.*");
    assertThat(shelf.whole()).containsExactly(machine);
  }

  @Test
  void aDirectoryThatIsNotThereIsAnErrorAndNotEmpty() throws IOException {
    Files.delete(directory);
    assertThatThrownBy(shelf::list).isInstanceOf(OmniRunException.class);
    assertThatThrownBy(() -> shelf.discard(machine)).isInstanceOf(OmniRunException.class);
  }

  private PausedDirectory write() throws IOException {
    return write(machine);
  }

  private PausedDirectory write(MachineId id) throws IOException {
    PausedDirectory staging = shelf.stage(id);
    for (Path file : List.of(staging.key(), staging.ram(), staging.disk())) {
      Files.writeString(file, file.getFileName().toString());
    }
    return staging;
  }
}
