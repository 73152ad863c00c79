package io.omnirun.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenShelfTest {
  private static final String HASH = "0123456789abcdef";

  @TempDir Path cache;
  private Path directory;
  private GoldenShelf shelf;

  @BeforeEach
  void layOut() {
    directory = cache.resolve("golden");
    shelf = new GoldenShelf(cache);
  }

  @Test
  void aSnapshotAppearsWhole() throws IOException {
    shelf.publish(HASH, content("whole"));

    assertThat(shelf.directory(HASH).exists()).isTrue();
    assertThat(shelf.directory(HASH).template()).hasContent("whole");
    assertThat(entries()).containsExactly(directory.resolve(HASH));
  }

  @Test
  void aFailedWriterLeavesNothing() throws IOException {
    assertThatIOException()
        .isThrownBy(
            () ->
                shelf.publish(
                    HASH,
                    building -> {
                      Files.writeString(building.ram(), "half");
                      throw new IOException("broken");
                    }))
        .withMessage("broken");

    assertThat(entries()).isEmpty();
  }

  @Test
  void theSameSnapshotOfAnotherServerIsAsGood() throws IOException {
    shelf.publish(HASH, content("theirs"));

    new GoldenShelf(cache).publish(HASH, content("ours"));

    assertThat(shelf.directory(HASH).template()).hasContent("theirs");
    assertThat(entries()).containsExactly(directory.resolve(HASH));
  }

  @Test
  void whatAKilledWriterLeftIsRemoved() throws IOException {
    shelf.publish(HASH, content("whole"));
    Path abandoned = Files.createDirectory(directory.resolve(".building-7211"));
    Files.writeString(abandoned.resolve("ram"), "half");

    shelf.removeAbandoned();

    assertThat(entries()).containsExactly(directory.resolve(HASH));
  }

  @Test
  void onAnEmptyCacheNothingIsAbandoned() throws IOException {
    shelf.removeAbandoned();

    assertThat(entries()).isEmpty();
  }

  @Test
  void whatALivingWriterHasWrittenIsLeftAlone() throws Exception {
    CountDownLatch halfWay = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    FutureTask<?> writing =
        new FutureTask<>(
            () -> {
              shelf.publish(HASH, building -> writeInHalves(building, halfWay, goOn));
              return null;
            });
    Thread.ofPlatform().start(writing);
    await(halfWay);
    FutureTask<?> removing =
        new FutureTask<>(
            () -> {
              new GoldenShelf(cache).removeAbandoned();
              return null;
            });

    awaitEndOrWaiting(Thread.ofPlatform().start(removing));
    goOn.countDown();
    writing.get();
    removing.get();

    assertThat(shelf.directory(HASH).template()).hasContent("whole");
    assertThat(entries()).containsExactly(directory.resolve(HASH));
  }

  private static void writeInHalves(
      GoldenDirectory building, CountDownLatch halfWay, CountDownLatch goOn) throws IOException {
    Files.writeString(building.template(), "wh");
    halfWay.countDown();
    await(goOn);
    Files.writeString(building.template(), "whole");
  }

  /** Without a lock it ends, having removed what it should not; with one it waits. */
  private static void awaitEndOrWaiting(Thread thread) {
    Awaitility.await()
        .atMost(5, TimeUnit.MINUTES)
        .until(() -> !thread.isAlive() || thread.getState() == Thread.State.WAITING);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static GoldenShelf.Content content(String text) {
    return building -> Files.writeString(building.template(), text);
  }

  private List<Path> entries() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(entry -> !entry.endsWith(".lock")).toList();
    }
  }
}
