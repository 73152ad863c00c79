package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheShelfTest {
  private static final String HASH = "0123456789abcdef";

  @TempDir Path directory;

  @Test
  void aThingIsFilledOnceAndFoundAgain() throws Exception {
    AtomicInteger fills = new AtomicInteger();
    CacheShelf.Filler filler = staging -> write(staging, "content " + fills.incrementAndGet());

    Path first = shelf(directory).obtain(HASH, filler);
    Path second = shelf(directory).obtain(HASH, filler);

    assertThat(second).isEqualTo(first).isEqualTo(directory.resolve(HASH));
    assertThat(first.resolve("file")).hasContent("content 1");
    assertThat(shelf(directory).find(HASH)).contains(first);
  }

  @Test
  void aFailedFillLeavesNothing() throws IOException {
    assertThatIOException()
        .isThrownBy(
            () ->
                shelf(directory)
                    .obtain(
                        HASH,
                        staging -> {
                          write(staging, "half");
                          throw new IOException("broken");
                        }))
        .withMessage("broken");

    assertThat(things()).isEmpty();
    assertThat(shelf(directory).find(HASH)).isEmpty();
  }

  @Test
  void aKilledBuilderLeavesNothingBehindTheNextBuild() throws Exception {
    Process builder =
        ChildJvm.of(HangingBuilder.class, List.of(directory.toString(), HASH)).start();
    try (BufferedReader output = builder.inputReader()) {
      assertThat(output.readLine()).isEqualTo("half way");
      assertThat(things()).hasSize(1);
    } finally {
      builder.destroyForcibly().waitFor();
    }
    assertThat(shelf(directory).find(HASH)).isEmpty();

    Path other = shelf(directory).obtain("fedcba9876543210", staging -> write(staging, "whole"));

    assertThat(things()).containsExactly(other);
  }

  @Test
  void twoBuildersOfOneThingFillItOnce() throws Exception {
    AtomicInteger fills = new AtomicInteger();
    CountDownLatch bothStarted = new CountDownLatch(2);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Path>> builds =
          Stream.of(shelf(directory), shelf(directory))
              .map(
                  shelf ->
                      threads.submit(
                          () -> {
                            bothStarted.countDown();
                            bothStarted.await();
                            return shelf.obtain(
                                HASH, staging -> write(staging, "" + fills.incrementAndGet()));
                          }))
              .toList();
      assertThat(builds.get(0).get()).isEqualTo(builds.get(1).get());
    }
    assertThat(fills).hasValue(1);
  }

  @Test
  void aBuilderInAnotherProcessIsWaitedFor() throws Exception {
    Process builder =
        ChildJvm.of(HangingBuilder.class, List.of(directory.toString(), HASH)).start();
    try (BufferedReader output = builder.inputReader();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(output.readLine()).isEqualTo("half way");

      Future<Path> waiting =
          threads.submit(() -> shelf(directory).obtain(HASH, staging -> write(staging, "ours")));
      builder.getOutputStream().write('\n');
      builder.getOutputStream().flush();

      assertThat(waiting.get().resolve("file")).hasContent("theirs");
    } finally {
      builder.destroyForcibly().waitFor();
    }
  }

  private List<Path> things() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(entry -> !entry.endsWith(".lock")).toList();
    }
  }

  private static CacheShelf shelf(Path directory) {
    return new CacheShelf(directory, new TreeRemover(new ProcessRunner()));
  }

  private static void write(Path staging, String content) throws IOException {
    Files.writeString(staging.resolve("file"), content);
  }

  /** Fills half of a thing, says so, and goes on when it reads a byte. */
  static final class HangingBuilder {
    private HangingBuilder() {}

    public static void main(String[] arguments) throws Exception {
      shelf(Path.of(arguments[0]))
          .obtain(
              arguments[1],
              staging -> {
                write(staging, "half");
                System.out.println("half way");
                System.in.read();
                write(staging, "theirs");
              });
    }
  }
}
