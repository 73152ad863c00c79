package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KernelMemoryTest {
  private static final KernelPackage OLD =
      new KernelPackage("linux-image-6.1.0-55-cloud-amd64", "6.1.191-1");
  private static final KernelPackage NEW =
      new KernelPackage("linux-image-6.1.0-56-cloud-amd64", "6.1.192-2");

  @TempDir Path directory;
  private final FakeApt apt = new FakeApt();
  private Path lists;
  private Path list;
  private Path status;
  private Path file;

  @BeforeEach
  void layOut() throws IOException {
    lists = Files.createDirectory(directory.resolve("lists"));
    list = Files.writeString(lists.resolve("bookworm_Packages"), "packages");
    status = Files.writeString(directory.resolve("status"), "installed");
    file = directory.resolve("cache/kernel-package");
  }

  @Test
  void theNextStartDoesNotAskAgain() throws Exception {
    assertThat(memory().newest()).isEqualTo(OLD);

    assertThat(memory().newest()).isEqualTo(OLD);
    assertThat(apt.questions).isEqualTo(1);
  }

  @Test
  void newListsAreAskedAgain() throws Exception {
    memory().newest();
    apt.answer = NEW;
    Files.writeString(lists.resolve("security_Packages"), "more");

    assertThat(memory().newest()).isEqualTo(NEW);
    assertThat(memory().newest()).isEqualTo(NEW);
    assertThat(apt.questions).isEqualTo(2);
  }

  @Test
  void aListThatWasReplacedByOneOfItsSizeIsAskedAgain() throws Exception {
    memory().newest();
    Files.setLastModifiedTime(list, FileTime.from(Instant.EPOCH));

    memory().newest();

    assertThat(apt.questions).isEqualTo(2);
  }

  @Test
  void anInstallationAndARemovedListAreAskedAgain() throws Exception {
    memory().newest();
    Files.writeString(status, "installed more");
    memory().newest();
    Files.delete(list);
    memory().newest();

    assertThat(apt.questions).isEqualTo(3);
  }

  @Test
  void listsThatChangeDuringTheQuestionAreAskedAgain() throws Exception {
    apt.during = () -> Files.writeString(status, "installed meanwhile");
    memory().newest();
    apt.during = () -> {};

    memory().newest();

    assertThat(apt.questions).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "linux-image-6.1.0-55-cloud-amd64\n6.1.191-1\n",
        "linux-image-6.1.0-55-cloud-amd64\n6.1.191-1\n0123456789abcdef0123456789abcdef\n",
        "\u0000\u0001\u00ff"
      })
  void aDamagedMemoryIsAskedAgainAndMended(String content) throws Exception {
    memory().newest();
    String whole = Files.readString(file);
    Files.writeString(file, content);

    assertThat(memory().newest()).isEqualTo(OLD);

    assertThat(apt.questions).isEqualTo(2);
    assertThat(file).hasContent(whole);
  }

  @Test
  void aForgedNameIsNotBelieved() throws Exception {
    memory().newest();
    Files.writeString(file, Files.readString(file).replace("cloud", "other"));

    assertThat(memory().newest()).isEqualTo(OLD);
    assertThat(apt.questions).isEqualTo(2);
  }

  @Test
  void aMemoryThatCannotBeKeptOnlyCostsTime() throws Exception {
    Files.createDirectories(file);

    assertThat(memory().newest()).isEqualTo(OLD);
    assertThat(memory().newest()).isEqualTo(OLD);
    assertThat(apt.questions).isEqualTo(2);
  }

  @Test
  void aFailedQuestionIsNotRemembered() throws Exception {
    apt.failing = true;
    assertThatExceptionOfType(ProgramFailedException.class).isThrownBy(() -> memory().newest());
    apt.failing = false;

    assertThat(memory().newest()).isEqualTo(OLD);
  }

  @Test
  void aHostWithoutListsHasAStateToo() {
    AptState none = new AptState(List.of(directory.resolve("none")));

    assertThat(none.fingerprint()).isEqualTo(none.fingerprint());
    assertThat(AptState.ofThisHost().fingerprint()).isNotEqualTo(none.fingerprint());
  }

  /** A new one each time, as each start has. */
  private KernelMemory memory() {
    return new KernelMemory(file, new AptState(List.of(lists, status)), apt);
  }

  /** Counts what it is asked. */
  private static final class FakeApt implements KernelMemory.Apt {
    interface Change {
      void run() throws IOException;
    }

    private KernelPackage answer = OLD;
    private Change during = () -> {};
    private boolean failing;
    private int questions;

    @Override
    public KernelPackage newest() throws ProgramFailedException {
      questions++;
      if (failing) {
        throw new ProgramFailedException("apt-cache", "ended with status 100", List.of(), null);
      }
      try {
        during.run();
      } catch (IOException e) {
        throw new ProgramFailedException("apt-cache", "was disturbed", List.of(), e);
      }
      return answer;
    }
  }
}
