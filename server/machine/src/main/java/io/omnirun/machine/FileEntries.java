package io.omnirun.machine;

import io.omnirun.guest.proto.filesystem.EntryInfo;
import io.omnirun.guest.proto.filesystem.FileType;
import io.omnirun.model.FileEntry;
import io.omnirun.model.FileKind;
import java.time.Instant;
import java.util.Optional;

/** Translates what the agent tells of files. */
final class FileEntries {
  private static final int PERMISSION_BITS = 0_7777;

  private FileEntries() {}

  static FileEntry of(EntryInfo told) {
    return new FileEntry(
        told.getName(),
        told.getPath(),
        kind(told.getType()),
        Math.max(0, told.getSize()),
        told.getMode() & PERMISSION_BITS,
        told.getOwner(),
        told.getGroup(),
        modifiedAt(told),
        told.hasSymlinkTarget() ? Optional.of(told.getSymlinkTarget()) : Optional.empty());
  }

  private static FileKind kind(FileType type) {
    return switch (type) {
      case FILE_TYPE_FILE -> FileKind.FILE;
      case FILE_TYPE_DIRECTORY -> FileKind.DIRECTORY;
      case FILE_TYPE_SYMLINK -> FileKind.SYMLINK;
      case FILE_TYPE_UNSPECIFIED, UNRECOGNIZED -> FileKind.OTHER;
    };
  }

  /** A file may bear any time, and a hostile agent name one that is none. */
  private static Instant modifiedAt(EntryInfo told) {
    long seconds = told.getModifiedTime().getSeconds();
    long latest = 253_402_300_799L; // The end of the year 9999, the last that ISO 8601 writes so.
    return Instant.ofEpochSecond(
        Math.clamp(seconds, 0, latest),
        Math.clamp(told.getModifiedTime().getNanos(), 0, 999_999_999));
  }
}
