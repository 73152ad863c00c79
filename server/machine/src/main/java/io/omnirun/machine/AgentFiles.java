package io.omnirun.machine;

import io.omnirun.core.ports.FileContent;
import io.omnirun.core.ports.FileRange;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.ByteRange;
import io.omnirun.guest.agent.Download;
import io.omnirun.guest.agent.EntryStream;
import io.omnirun.guest.agent.WatchStream;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.FileChange;
import io.omnirun.model.FileEntry;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;

/** The files of a guest, seen through the client of its agent. Thread-safe. */
final class AgentFiles implements GuestFiles {
  /**
   * Each keeps a connection to the guest, of which there are {@code GuestHttp.MAX_CONNECTIONS}, and
   * one of the 128 watchers that its kernel allows a user.
   */
  static final int MAX_WATCHES = 32;

  private static final long LENGTH_UNKNOWN = -1;

  /** It is passed on in the head of an answer, and a guest has written it. */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes [0-9]{1,19}-[0-9]{1,19}/[0-9]{1,19}");

  private final AgentClient agent;
  private final Semaphore watches = new Semaphore(MAX_WATCHES);

  AgentFiles(AgentClient agent) {
    this.agent = agent;
  }

  @Override
  public FileEntry stat(String path, String user) {
    return FileEntries.of(agent.stat(path, user));
  }

  @Override
  public GuestSequence<FileEntry> list(String path, int depth, String user) {
    EntryStream listing = agent.listDir(path, depth, user);
    return new GuestSequence<>() {
      @Override
      public Optional<FileEntry> next() {
        return listing.next().map(FileEntries::of);
      }

      @Override
      public void close() {
        listing.close();
      }
    };
  }

  @Override
  public FileEntry rename(String from, String to, String user) {
    return FileEntries.of(agent.move(from, to, user));
  }

  @Override
  public void makeDirectory(String path, String user) {
    agent.makeDir(path, user);
  }

  @Override
  public void remove(String path, String user) {
    // To the agent, what is not there is removed already.
    agent.stat(path, user);
    agent.remove(path, user);
  }

  @Override
  public FileContent open(String path, String user, Optional<FileRange> range) {
    Download download =
        range.isEmpty()
            ? agent.download(path, user)
            : agent.download(path, user, new ByteRange(range.get().first(), range.get().last()));
    boolean understood =
        download.length().isPresent()
            && download.contentRange().stream().allMatch(CONTENT_RANGE.asMatchPredicate());
    if (!understood) {
      download.close();
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent does not say what it sends");
    }
    return new FileContent(
        download.length().getAsLong(),
        download.contentRange(),
        new GuestContent(download.content()));
  }

  @Override
  public void write(String path, String user, InputStream content) {
    try {
      agent.upload(path, user, content, LENGTH_UNKNOWN);
    } catch (IOException e) {
      throw new UncheckedIOException("the content of a file broke off", e);
    }
  }

  @Override
  public GuestSequence<FileChange> watch(String path, boolean recursive, String user) {
    if (!watches.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "the sandbox has %d watches already; end one of them".formatted(MAX_WATCHES));
    }
    try {
      String root = agent.stat(path, user).getPath();
      WatchStream stream = agent.watchDir(path, recursive, user);
      return new FileWatch(stream, root, watches::release);
    } catch (RuntimeException e) {
      watches.release();
      throw e;
    }
  }
}
