package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.guest.GoProgram;
import io.omnirun.guest.GuestServices;
import io.omnirun.guest.MuxFront;
import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.proto.filesystem.EntryInfo;
import io.omnirun.guest.proto.filesystem.FileType;
import io.omnirun.guest.proto.filesystem.FilesystemEvent;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files through the agent itself, over the whole path. */
@Timeout(120)
class AgentFilesTest {
  private static final String ROOT = "root";
  private static final int LARGE_BYTES = 64 * 1024 * 1024;
  private static final long UNKNOWN = -1;

  @TempDir Path folder;

  private GoProgram program;
  private MuxFront front;
  private GuestHttp http;
  private AgentClient agent;

  @BeforeEach
  void startAgent() throws IOException {
    program = GoProgram.agent(folder.resolve("vmm.sock"));
    Path socket = folder.resolve("front.sock");
    front =
        MuxFront.open(
            GuestDialer.virtioSerial(folder.resolve("vmm.sock")),
            socket,
            true,
            Duration.ofSeconds(60));
    http = GuestHttp.start();
    front.addTo(http.sessions());
    agent = new AgentClient(http, socket, () -> "");
  }

  @AfterEach
  void stopAgent() {
    http.close();
    front.close();
    program.close();
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static InputStream stream(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  @Test
  void aLargeFileGoesThereAndBackWhole() throws Exception {
    byte[] content = GuestServices.randomBytes(1, LARGE_BYTES);
    long start = System.nanoTime();
    agent.upload(path("large"), ROOT, stream(content), content.length);
    report("upload", start);
    assertThat(GuestServices.sha256(Files.readAllBytes(folder.resolve("large"))))
        .isEqualTo(GuestServices.sha256(content));
    start = System.nanoTime();
    try (Download download = agent.download(path("large"), ROOT)) {
      byte[] received = download.content().readAllBytes();
      report("download", start);
      assertThat(GuestServices.sha256(received)).isEqualTo(GuestServices.sha256(content));
      assertThat(download.status()).isEqualTo(200);
      assertThat(download.length()).hasValue(content.length);
    }
  }

  private static void report(String direction, long startNanoTime) {
    double seconds = (System.nanoTime() - startNanoTime) / 1e9;
    System.out.printf("%s: %.0f MB/s%n", direction, LARGE_BYTES / 1e6 / seconds);
  }

  @Test
  void aFileOfUnknownLengthAndAnEmptyOneArrive() throws Exception {
    agent.upload(path("unknown"), ROOT, stream(new byte[300_000]), UNKNOWN);
    agent.upload(path("empty"), ROOT, stream(new byte[0]), 0);
    agent.upload(path("empty-unknown"), ROOT, stream(new byte[0]), UNKNOWN);
    assertThat(folder.resolve("unknown")).hasSize(300_000);
    assertThat(folder.resolve("empty")).isEmptyFile();
    assertThat(folder.resolve("empty-unknown")).isEmptyFile();
    try (Download download = agent.download(path("empty"), ROOT)) {
      assertThat(download.content().readAllBytes()).isEmpty();
    }
  }

  @Test
  void aPartOfAFileIsAPart() throws Exception {
    Files.writeString(folder.resolve("digits"), "0123456789");
    try (Download part = agent.download(path("digits"), ROOT, new ByteRange(2, 4))) {
      assertThat(part.content().readAllBytes()).asString().isEqualTo("234");
      assertThat(part.status()).isEqualTo(206);
      assertThat(part.contentRange()).hasValue("bytes 2-4/10");
    }
    try (Download rest = agent.download(path("digits"), ROOT, ByteRange.from(8))) {
      assertThat(rest.content().readAllBytes()).asString().isEqualTo("89");
    }
    try (Download end = agent.download(path("digits"), ROOT, ByteRange.from(-3))) {
      assertThat(end.content().readAllBytes()).asString().isEqualTo("789");
    }
    assertRefused(
        ErrorCode.RANGE_NOT_SATISFIABLE,
        () -> agent.download(path("digits"), ROOT, ByteRange.from(100)).close());
  }

  @Test
  void aBodyThatFailsLeavesTheFileAsItWas() throws Exception {
    Files.writeString(folder.resolve("kept"), "old");
    IOException broken = new IOException("the caller left");
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw broken;
          }
        };
    InputStream body = new SequenceInputStream(stream(new byte[500_000]), failing);
    assertThatThrownBy(() -> agent.upload(path("kept"), ROOT, body, UNKNOWN)).isSameAs(broken);
    assertThat(agent.health().getKernelRelease()).isNotEmpty();
    assertThat(folder.resolve("kept")).hasContent("old");
  }

  @Test
  void aBodyOfAnotherLengthThanWasSaidLeavesTheFileAsItWas() throws Exception {
    Files.writeString(folder.resolve("kept"), "old");
    assertThatThrownBy(() -> agent.upload(path("kept"), ROOT, stream(new byte[10]), 11))
        .isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> agent.upload(path("kept"), ROOT, stream(new byte[12]), 11))
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("kept")).hasContent("old");
  }

  @Test
  void anUploadThatIsRefusedEndsThoughMuchIsLeftToSend() throws Exception {
    Files.createDirectory(folder.resolve("directory"));
    byte[] content = new byte[8 * 1024 * 1024];
    assertRefused(
        ErrorCode.NOT_A_FILE,
        () -> agent.upload(path("directory"), ROOT, stream(content), content.length));
    assertRefused(
        ErrorCode.USER_NOT_FOUND,
        () -> agent.upload(path("x"), "nobody-has-this", stream(content), UNKNOWN));
  }

  @Test
  void whatIsNoFileIsNotOpened() throws Exception {
    Files.createDirectory(folder.resolve("directory"));
    assertRefused(ErrorCode.FILE_NOT_FOUND, () -> agent.download(path("missing"), ROOT).close());
    assertRefused(ErrorCode.NOT_A_FILE, () -> agent.download(path("directory"), ROOT).close());
    assertRefused(ErrorCode.INVALID_PATH, () -> agent.download("/a\0b", ROOT).close());
  }

  @Test
  void aDownloadThatIsGivenUpDoesNotDisturbTheNext() throws Exception {
    Files.write(folder.resolve("large"), new byte[LARGE_BYTES]);
    for (int i = 0; i < 20; i++) {
      try (Download download = agent.download(path("large"), ROOT)) {
        assertThat(download.content().read()).isZero();
      }
    }
    assertThat(agent.stat(path("large"), ROOT).getSize()).isEqualTo(LARGE_BYTES);
  }

  @Test
  void directoriesAreMadeListedMovedAndRemoved() throws Exception {
    assertThat(agent.makeDir(path("a/b"), ROOT)).isTrue();
    assertThat(agent.makeDir(path("a/b"), ROOT)).isFalse();
    Files.writeString(folder.resolve("a/b/file"), "x");
    try (EntryStream listing = agent.listDir(path("a"), 2, ROOT)) {
      assertThat(listing.next()).map(EntryInfo::getName).hasValue("b");
      assertThat(listing.next()).map(EntryInfo::getName).hasValue("file");
      assertThat(listing.next()).isEmpty();
    }
    EntryInfo moved = agent.move(path("a/b/file"), path("a/moved"), ROOT);
    assertThat(moved.getType()).isEqualTo(FileType.FILE_TYPE_FILE);
    assertThat(folder.resolve("a/moved")).hasContent("x");
    agent.remove(path("a"), ROOT);
    agent.remove(path("a"), ROOT);
    assertThat(folder.resolve("a")).doesNotExist();
  }

  @Test
  void whatIsNotThereIsSaidAsSuch() throws Exception {
    Files.writeString(folder.resolve("file"), "x");
    assertRefused(ErrorCode.FILE_NOT_FOUND, () -> agent.stat(path("missing"), ROOT));
    assertRefused(ErrorCode.NOT_A_DIRECTORY, () -> agent.listDir(path("file"), 1, ROOT));
    assertRefused(ErrorCode.USER_NOT_FOUND, () -> agent.stat(path("file"), "nobody-has-this"));
    assertRefused(ErrorCode.USER_NOT_FOUND, () -> agent.stat(path("file"), "root:x"));
  }

  @Test
  void aLargeListingComesEntryByEntry() throws Exception {
    Path many = Files.createDirectory(folder.resolve("many"));
    for (int i = 0; i < 3_000; i++) {
      Files.createFile(many.resolve("name-" + i));
    }
    int count = 0;
    try (EntryStream listing = agent.listDir(many.toString(), 1, ROOT)) {
      while (listing.next().isPresent()) {
        count++;
      }
    }
    assertThat(count).isEqualTo(3_000);
  }

  @Test
  void whatChangesInADirectoryIsToldUntilTheWatchIsClosed() throws Exception {
    Path watched = Files.createDirectory(folder.resolve("watched"));
    try (WatchStream watch = agent.watchDir(watched.toString(), true, ROOT)) {
      Files.createDirectories(watched.resolve("a/b"));
      assertThat(watch.next()).map(FilesystemEvent::getName).hasValue("a");
      assertThat(watch.next()).map(FilesystemEvent::getName).hasValue("a/b");
    }
    assertRefused(
        ErrorCode.FILE_NOT_FOUND, () -> agent.watchDir(path("missing"), false, ROOT).close());
  }
}
