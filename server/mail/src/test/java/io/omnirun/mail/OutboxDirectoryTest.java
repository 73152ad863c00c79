package io.omnirun.mail;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.Mailer.Mail;
import io.omnirun.model.EmailAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxDirectoryTest {
  private static final Mail MAIL =
      new Mail(new EmailAddress("ada@example.org"), "Sign in", "123456\n");

  @TempDir private Path directory;

  @Test
  void mailIsAFileThatOnlyItsOwnerReads() throws Exception {
    Path outbox = directory.resolve("outbox");
    Files.createDirectory(outbox);
    Files.setPosixFilePermissions(outbox, PosixFilePermissions.fromString("rwxr-xr-x"));
    OutboxDirectory.in(outbox, Clock.systemUTC()).deliver(MAIL);
    assertThat(permissions(outbox)).isEqualTo("rwx------");
    assertThat(files(outbox)).hasSize(1);
    Path file = files(outbox).getFirst();
    assertThat(permissions(file)).isEqualTo("rw-------");
    assertThat(file).hasContent("To: ada@example.org\nSubject: Sign in\n\n123456\n");
  }

  @Test
  void oldestMailsGoWhenThereAreTooMany() throws Exception {
    OutboxDirectory outbox = OutboxDirectory.in(directory, Clock.systemUTC());
    Path oldest = Files.createFile(directory.resolve("20000101-000000-000.txt"));
    for (int i = 1; i < OutboxDirectory.MAX_FILES; i++) {
      Files.createFile(directory.resolve("2000010%d-000000-%06d.txt".formatted(2, i)));
    }
    outbox.deliver(MAIL);
    assertThat(files(directory)).hasSize(OutboxDirectory.MAX_FILES).doesNotContain(oldest);
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var listed = Files.list(directory)) {
      return listed.toList();
    }
  }
}
