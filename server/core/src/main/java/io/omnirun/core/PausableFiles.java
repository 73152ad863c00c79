package io.omnirun.core;

import io.omnirun.core.ports.FileContent;
import io.omnirun.core.ports.FileRange;
import io.omnirun.core.ports.GuestFiles;
import io.omnirun.core.ports.GuestSequence;
import io.omnirun.model.FileChange;
import io.omnirun.model.FileEntry;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Function;

/**
 * The files of a sandbox that may be paused while they are used: what breaks off because of that
 * throws SANDBOX_PAUSED, be it a call or what it has opened. Thread-safe as what it stands on.
 */
final class PausableFiles implements GuestFiles {
  private final InGuest inGuest;

  PausableFiles(InGuest inGuest) {
    this.inGuest = inGuest;
  }

  @Override
  public FileEntry stat(String path, String user) {
    return call(files -> files.stat(path, user));
  }

  @Override
  public GuestSequence<FileEntry> list(String path, int depth, String user) {
    return inGuest.sequence(call(files -> files.list(path, depth, user)));
  }

  @Override
  public FileEntry rename(String from, String to, String user) {
    return call(files -> files.rename(from, to, user));
  }

  @Override
  public void makeDirectory(String path, String user) {
    inGuest.run(guest -> guest.files().makeDirectory(path, user));
  }

  @Override
  public void remove(String path, String user) {
    inGuest.run(guest -> guest.files().remove(path, user));
  }

  @Override
  public FileContent open(String path, String user, Optional<FileRange> range) {
    FileContent content = call(files -> files.open(path, user, range));
    return new FileContent(
        content.lengthBytes(), content.contentRange(), inGuest.stream(content.bytes()));
  }

  @Override
  public void write(String path, String user, InputStream content) {
    inGuest.run(guest -> guest.files().write(path, user, content));
  }

  @Override
  public GuestSequence<FileChange> watch(String path, boolean recursive, String user) {
    return inGuest.sequence(call(files -> files.watch(path, recursive, user)));
  }

  private <T> T call(Function<GuestFiles, T> action) {
    return inGuest.call(guest -> action.apply(guest.files()));
  }
}
