package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestDatabaseUrl {
  @Test
  void sqliteUrlNamesAFile() {
    assertThat(DatabaseUrl.parse("sqlite:/var/lib/omnirun/../omnirun.db"))
        .isEqualTo(new SqliteEngine(Path.of("/var/lib/omnirun.db")));
  }

  @Test
  void postgresqlUrlNamesServerDatabaseAndUser() {
    assertThat(DatabaseUrl.parse("postgresql://omni:s3cret@db.example.org:6543/main"))
        .isEqualTo(new PostgresqlEngine("db.example.org", 6543, "main", "omni", "s3cret"));
  }

  @Test
  void postgresqlPortMayBeLeftOut() {
    assertThat(DatabaseUrl.parse("postgresql://omni:s3cret@[::1]/main"))
        .isEqualTo(new PostgresqlEngine("[::1]", 5432, "main", "omni", "s3cret"));
  }

  @Test
  void specialCharactersArePercentEncoded() {
    assertThat(DatabaseUrl.parse("postgresql://o%3Amni:s%40c+%C3%BC:%2Fret@host:1/ma%20in"))
        .isEqualTo(new PostgresqlEngine("host", 1, "ma in", "o:mni", "s@c+ü:/ret"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s3cret",
        "mysql://omni:s3cret@host:1/main",
        "jdbc:sqlite:/s3cret.db",
        "sqlite:",
        "sqlite:s3cret.db",
        "sqlite:/s3cret.db?mode=memory",
        "sqlite:/nul\0.db",
        "postgresql:",
        "postgresql:s3cret",
        "postgresql://host:1/main?s3cret",
        "postgresql://omni@host:1/s3cret",
        "postgresql://:s3cret@host:1/main",
        "postgresql://omni:@host:1/s3cret",
        "postgresql://omni:s3cret@host:1",
        "postgresql://omni:s3cret@host:1/",
        "postgresql://omni:s3cret@host:1/main/other",
        "postgresql://omni:s3cret@host:0/main",
        "postgresql://omni:s3cret@host:65536/main",
        "postgresql://omni:s3cret@host:port/main",
        "postgresql://omni:s3cret@/main",
        "postgresql://omni:s3cret@host:1/main?ssl=false",
        "postgresql://omni:s3cret@host:1/main#fragment",
        "postgresql://omni:s3cret #%@host:1/main"
      })
  void urlOfAnotherFormIsRefusedWithoutRepeatingIt(String url) {
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, () -> DatabaseUrl.parse(url)))
        .hasMessageStartingWith("the database url is not valid: ")
        .satisfies(failure -> assertThat(Failures.text(failure)).doesNotContain("s3cret"));
  }

  @Test
  void passwordIsInNoText() {
    String url = "postgresql://omni:s3cret@host:1/main";
    assertThat(new DatabaseConfig(url).toString()).doesNotContain("s3cret");
    assertThat(DatabaseUrl.parse(url).toString()).doesNotContain("s3cret");
  }
}
