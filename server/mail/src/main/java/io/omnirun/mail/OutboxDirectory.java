package io.omnirun.mail;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.Mailer.Mail;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Mails as files of a directory, for a host without a mail server: whoever may read them there may
 * sign in as anybody, so that is the server's user alone.
 */
public final class OutboxDirectory implements MailTransport {
  /** Somebody looks at the newest; the oldest go. */
  static final int MAX_FILES = 1_000;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmmss-SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Path directory;
  private final Clock clock;

  private OutboxDirectory(Path directory, Clock clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /** Makes the directory if need be, for this user alone. */
  public static OutboxDirectory in(Path directory, Clock clock) throws IOException {
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    return new OutboxDirectory(directory, clock);
  }

  @Override
  public synchronized void deliver(Mail mail) throws IOException {
    String text = "To: %s\nSubject: %s\n\n%s".formatted(mail.to(), mail.subject(), mail.text());
    String name = TIME.format(clock.instant()) + "-" + UUID.randomUUID() + ".txt";
    try (FileChannel file =
        FileChannel.open(
            directory.resolve(name),
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      ByteBuffer left = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (left.hasRemaining()) {
        file.write(left);
      }
    }
    deleteOldest();
  }

  private void deleteOldest() throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(directory)) {
      files = listed.sorted().toList();
    }
    for (Path file : files.subList(0, Math.max(0, files.size() - MAX_FILES))) {
      Files.deleteIfExists(file);
    }
  }
}
