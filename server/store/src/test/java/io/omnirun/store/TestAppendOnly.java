package io.omnirun.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The audit is append-only because no statement of ours says otherwise. */
class TestAppendOnly {
  private static final Pattern CHANGE =
      Pattern.compile(
          "(?is)(update|delete\\s+from|replace\\s+into|truncate|drop\\s+table|alter\\s+table)\\s+audit_entry");

  @Test
  void onlyThePruningRemovesEntriesAndNothingChangesThem() throws IOException {
    List<String> changes;
    try (Stream<Path> sources = Files.walk(Path.of("src/main"))) {
      changes = sources.filter(Files::isRegularFile).flatMap(TestAppendOnly::changes).toList();
    }
    assertThat(changes).containsExactly("AuditDao.java: DELETE FROM audit_entry");
  }

  private static Stream<String> changes(Path source) {
    try {
      return CHANGE
          .matcher(Files.readString(source))
          .results()
          .map(match -> source.getFileName() + ": " + match.group())
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
