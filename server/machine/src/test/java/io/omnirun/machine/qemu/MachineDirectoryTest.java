package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineDirectoryTest {
  private static final int FOLDERS = 300;
  private static final int REMOVERS = 4;

  @TempDir Path folder;

  @Test
  void whatIsNotThereIsRemovedAlready() {
    new MachineDirectory(folder.resolve("m-none")).delete();
  }

  @RepeatedTest(5)
  void entriesThatVanishMeanwhileAreNoFailure() throws Exception {
    MachineDirectory directory = new MachineDirectory(folder.resolve("m-1"));
    fill(directory.path());
    try (ExecutorService removers = Executors.newFixedThreadPool(REMOVERS)) {
      List<Future<?>> removals = new ArrayList<>();
      for (int i = 0; i < REMOVERS; i++) {
        removals.add(removers.submit(directory::delete));
      }
      for (Future<?> removal : removals) {
        removal.get();
      }
    }
    assertThat(directory.path()).doesNotExist();
  }

  private static void fill(Path directory) throws IOException {
    for (int i = 0; i < FOLDERS; i++) {
      Path inner = Files.createDirectories(directory.resolve("d" + i));
      Files.writeString(inner.resolve("file"), "content");
    }
  }
}
