package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.app.Finding.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProductionHostTest {
  @TempDir Path root;

  /** A host as it should be, from which each test departs. */
  @BeforeEach
  void goodHost() throws IOException {
    write("sys/devices/system/cpu/smt/active", "0");
    write("sys/devices/system/cpu/vulnerabilities/spectre_v2", "Mitigation: Retpolines");
    write("sys/devices/system/cpu/vulnerabilities/meltdown", "Not affected");
    write("sys/devices/system/edac/mc/mc0/mc_name", "skx");
    write("sys/kernel/mm/ksm/run", "0");
    write("sys/module/kvm/parameters/min_timer_period_us", "200");
    write("sys/module/kvm_intel/parameters/nested", "N");
    write("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/zram0 partition 4 0 100");
    write("proc/sys/kernel/printk", "1\t4\t1\t7");
    write("proc/sys/kernel/kptr_restrict", "1");
    write("proc/sys/kernel/dmesg_restrict", "1");
    write("proc/sys/fs/suid_dumpable", "0");
    write("dev/kvm", "");
    open("dev/kvm", "rw-rw----");
  }

  @Test
  void aGoodHostIsToldNothing() {
    assertThat(findings())
        .allMatch(finding -> finding.verdict() == Verdict.GOOD)
        .extracting(Finding::subject)
        .containsExactly(
            "smt", "swap", "ksm", "mitigations", "ecc", "kernel", "console", "module", "access");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          smt         | sys/devices/system/cpu/smt/active                    | 1          | boot with nosmt
          swap        | proc/swaps                                           | Filename\\n/dev/sda2\\tpartition | swapoff -a
          ksm         | sys/kernel/mm/ksm/run                                | 1          | write 2 to /sys/kernel/mm/ksm/run
          mitigations | sys/devices/system/cpu/vulnerabilities/retbleed      | Vulnerable | update microcode
          mitigations | sys/devices/system/cpu/vulnerabilities/old_microcode | Vulnerable | update microcode
          kernel      | proc/sys/kernel/kptr_restrict                        | 0          | sysctl -w kernel.kptr_restrict=1;
          kernel      | proc/sys/fs/suid_dumpable                            | 2          | sysctl -w fs.suid_dumpable=0;
          kernel      | proc/sys/vm/unprivileged_userfaultfd                 | 1          | sysctl -w vm.unprivileged_userfaultfd=0;
          console     | proc/sys/kernel/printk                               | 7 4 1 7    | boot with quiet loglevel=1
          module      | sys/module/kvm/parameters/min_timer_period_us        | 1          | set kvm.min_timer_period_us=200 in
          module      | sys/module/kvm_intel/parameters/nested               | Y          | set kvm_intel.nested=0 in
          module      | sys/module/kvm_amd/parameters/nested                 | 1          | set kvm_amd.nested=0 in
          """)
  void eachDepartureIsAdviceOfOneLine(String subject, String file, String content, String hint)
      throws IOException {
    write(file, content.replace("\\n", "\n").replace("\\t", "\t"));

    assertThat(findings())
        .filteredOn(finding -> finding.verdict() != Verdict.GOOD)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.verdict()).isEqualTo(Verdict.WORSE);
              assertThat(finding.subject()).isEqualTo(subject);
              assertThat(finding.hint()).startsWith(hint);
              assertThat(finding.line()).doesNotContain("\n");
            });
  }

  @Test
  void memoryWithoutCorrectionIsAdvice() throws IOException {
    Files.delete(root.resolve("sys/devices/system/edac/mc/mc0/mc_name"));
    Files.delete(root.resolve("sys/devices/system/edac/mc/mc0"));

    assertThat(finding("ecc").verdict()).isEqualTo(Verdict.WORSE);
  }

  @Test
  void anotherUserAtKvmIsAdvice() throws IOException {
    open("dev/kvm", "rw-rw-rw-");

    assertThat(finding("access").verdict()).isEqualTo(Verdict.WORSE);
    assertThat(finding("access").hint()).startsWith("chmod 660 " + root.resolve("dev/kvm"));
  }

  @Test
  void aStateDirectoryThatOthersEnterIsAdvice() throws IOException {
    write("var/state/node.secret", "x");
    open("var/state", "rwxr-xr-x");

    assertThat(finding("access").hint()).isEqualTo("chmod 700 " + root.resolve("var/state"));
  }

  @Test
  void trustedFilesThatEverybodyMayWriteAreAProblemAndSoAreDirectoriesAbove() throws IOException {
    write("opt/omnirun/agent", "x");
    open("opt/omnirun/agent", "rwxrwxrwx");
    open("opt", "rwxrwxrwx");

    Finding access = finding("access");

    assertThat(access.verdict()).isEqualTo(Verdict.BROKEN);
    assertThat(access.hint())
        .isEqualTo("chmod o-w " + root.resolve("opt/omnirun/agent") + " " + root.resolve("opt"));
  }

  @Test
  void aDirectoryForEverybodyWithTheStickyBitIsNone() throws IOException {
    write("opt/omnirun/agent", "x");
    Files.setAttribute(root.resolve("opt"), "unix:mode", 01777);

    assertThat(finding("access").verdict()).isEqualTo(Verdict.GOOD);
  }

  @Test
  void aKernelThatTellsNothingOfItsCpuIsAdviceAndWhatElseItLacksIsNotMissed() {
    List<Finding> findings =
        new ProductionHost(root.resolve("missing"), List.of(), List.of()).findings();

    assertThat(findings)
        .filteredOn(finding -> finding.verdict() != Verdict.GOOD)
        .extracting(Finding::subject)
        .containsExactly("mitigations", "ecc");
  }

  private List<Finding> findings() {
    return new ProductionHost(
            root, List.of(root.resolve("opt/omnirun/agent")), List.of(root.resolve("var/state")))
        .findings();
  }

  private Finding finding(String subject) {
    return findings().stream()
        .filter(finding -> finding.subject().equals(subject))
        .findFirst()
        .orElseThrow();
  }

  private void write(String file, String content) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content + "\n");
  }

  private void open(String file, String permissions) throws IOException {
    Files.setPosixFilePermissions(root.resolve(file), PosixFilePermissions.fromString(permissions));
  }
}
