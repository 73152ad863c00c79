package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostExaminationTest {
  private static final Trial NOT_TRIED = Trial.notTried("this is a test");

  private static final ProductionHost PRODUCTION =
      new ProductionHost(Path.of("/"), List.of(), List.of());

  @TempDir Path directory;

  @Test
  void everySubjectHasOneLine() {
    List<String> lines =
        HostExamination.ofHost()
            .findings(NOT_TRIED, VmmSight.withoutLauncher(), LinkSight.withoutLauncher())
            .stream()
            .map(Finding::line)
            .toList();

    assertThat(lines)
        .hasSize(19)
        .noneMatch(line -> line.contains("\n"))
        .allMatch(line -> line.matches("(ok|advice|problem) +[a-z]+ +\\S.*"));
    assertThat(lines)
        .extracting(line -> line.split(" +", 3)[1])
        .containsExactly(
            "vmm",
            "kvm",
            "accelerator",
            "cgroup",
            "reflink",
            "memory",
            "disk",
            "network",
            "internet",
            "packages",
            "smt",
            "swap",
            "ksm",
            "mitigations",
            "ecc",
            "kernel",
            "console",
            "module",
            "access");
  }

  @Test
  void whateverIsNotGoodHasAHint() {
    assertThat(
            HostExamination.ofHost()
                .findings(NOT_TRIED, VmmSight.withoutLauncher(), LinkSight.withoutLauncher()))
        .filteredOn(finding -> finding.verdict() != Finding.Verdict.GOOD)
        .allMatch(finding -> finding.line().contains(" → "));
  }

  @Test
  void theDirectoriesOfTheServerAreLookedAtAndLeftAsTheyWere() throws IOException {
    Path cache = Files.createDirectory(directory.resolve("cache"));
    Path state = Files.createDirectory(directory.resolve("state"));

    List<Finding> findings =
        new HostExamination(state, cache, state, "auto", PRODUCTION)
            .findings(NOT_TRIED, VmmSight.withoutLauncher(), LinkSight.withoutLauncher());

    assertThat(text(findings, "reflink")).contains("from " + cache + " to " + state);
    assertThat(text(findings, "disk")).endsWith(" MiB free in " + state);
    assertThat(cache).isEmptyDirectory();
    assertThat(state).isEmptyDirectory();
  }

  @Test
  void aDirectoryThatIsMissingIsSaidToBe() {
    Path missing = directory.resolve("missing");

    List<Finding> findings =
        new HostExamination(missing, missing, missing, "auto", PRODUCTION)
            .findings(NOT_TRIED, VmmSight.withoutLauncher(), LinkSight.withoutLauncher());

    assertThat(text(findings, "reflink")).startsWith("could not be tried in " + missing);
    assertThat(text(findings, "disk")).startsWith(missing + " cannot be looked at");
  }

  private static String text(List<Finding> findings, String subject) {
    return findings.stream()
        .filter(finding -> finding.subject().equals(subject))
        .map(Finding::text)
        .findFirst()
        .orElseThrow();
  }
}
