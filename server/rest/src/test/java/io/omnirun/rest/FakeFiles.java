package io.omnirun.rest;

import io.omnirun.core.ports.FileContent;
import io.omnirun.core.ports.FileRange;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.FileChange;
import io.omnirun.model.FileEntry;
import io.omnirun.model.FileKind;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The files of a {@link FakeGuest}: a flat map, in which what ends in a slash is a directory. */
final class FakeFiles implements GuestFiles {
  private final FakeGuest guest;
  private final Map<String, byte[]> files;

  /** What watches tell. */
  final BlockingQueue<FileChange> changes = new LinkedBlockingQueue<>();

  /** Counted down when a watch was closed. */
  final CountDownLatch watchClosed = new CountDownLatch(1);

  FakeFiles(FakeGuest guest) {
    this.guest = guest;
    this.files = guest.files;
  }

  @Override
  public FileEntry stat(String path, String user) {
    return files.containsKey(path + "/")
        ? entry(path, FileKind.DIRECTORY, 4096)
        : entry(path, FileKind.FILE, content(path).length);
  }

  private byte[] content(String path) {
    byte[] content = files.get(path);
    if (content == null) {
      throw new OmniRunException(ErrorCode.FILE_NOT_FOUND, "there is no such file");
    }
    return content;
  }

  private FileEntry entry(String path, FileKind kind, long sizeBytes) {
    return new FileEntry(
        GuestNames.lastSegment(path),
        path,
        kind,
        sizeBytes,
        0_644,
        guest.owners.getOrDefault(path, "root"),
        "root",
        Instant.EPOCH,
        Optional.empty());
  }

  @Override
  public GuestSequence<FileEntry> list(String path, int depth, String user) {
    Iterator<FileEntry> entries =
        files.keySet().stream()
            .filter(file -> file.startsWith(path + "/") && file.length() > path.length() + 1)
            .sorted()
            .map(file -> stat(file, user))
            .iterator();
    return sequence(() -> entries.hasNext() ? Optional.of(entries.next()) : Optional.empty());
  }

  @Override
  public FileEntry rename(String from, String to, String user) {
    files.put(to, content(from));
    files.remove(from);
    return stat(to, user);
  }

  @Override
  public void makeDirectory(String path, String user) {
    files.put(path + "/", new byte[0]);
  }

  @Override
  public void remove(String path, String user) {
    stat(path, user);
    files.keySet().removeIf(file -> file.equals(path) || file.startsWith(path + "/"));
  }

  @Override
  public FileContent open(String path, String user, Optional<FileRange> range) {
    byte[] whole = content(path);
    InputStream content = guest.readFile(path, user);
    if (range.isEmpty()) {
      return new FileContent(whole.length, Optional.empty(), content);
    }
    long wanted = range.get().first();
    long first = wanted < 0 ? Math.max(0, whole.length + wanted) : wanted;
    long last = Math.min(whole.length - 1, range.get().last());
    if (first > last) {
      throw new OmniRunException(ErrorCode.RANGE_NOT_SATISFIABLE, "beyond the end");
    }
    byte[] part = Arrays.copyOfRange(whole, (int) first, (int) last + 1);
    return new FileContent(
        part.length,
        Optional.of("bytes %d-%d/%d".formatted(first, last, whole.length)),
        new ByteArrayInputStream(part));
  }

  @Override
  public void write(String path, String user, InputStream content) {
    guest.writeFile(path, user, content);
  }

  @Override
  public GuestSequence<FileChange> watch(String path, boolean recursive, String user) {
    if (stat(path, user).kind() != FileKind.DIRECTORY) {
      throw new OmniRunException(ErrorCode.NOT_A_DIRECTORY, "it is not a directory");
    }
    return sequence(
        () -> {
          while (watchClosed.getCount() > 0) {
            FileChange change = changes.poll(10, TimeUnit.MILLISECONDS);
            if (change != null) {
              return Optional.of(change);
            }
          }
          throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "the watch was closed");
        });
  }

  /** What is told next. */
  @FunctionalInterface
  private interface Source<T> {
    Optional<T> next() throws InterruptedException;
  }

  private <T> GuestSequence<T> sequence(Source<T> source) {
    return new GuestSequence<>() {
      @Override
      public Optional<T> next() {
        try {
          return source.next();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void close() {
        watchClosed.countDown();
      }
    };
  }
}
