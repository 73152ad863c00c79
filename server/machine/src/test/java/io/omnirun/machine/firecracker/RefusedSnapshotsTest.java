package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What cannot become a machine is refused before one is begun; with the FAKE Firecracker. */
class RefusedSnapshotsTest extends FakeFirecrackerTest {
  private GoldenSnapshot golden;
  private Path files;

  @BeforeEach
  void makeSnapshot() {
    golden = buildGolden();
    files = fake.cache.resolve("golden-firecracker").resolve(golden.hash());
  }

  @Test
  void ofAnotherVersionCpuKernelOrTemplate() throws Exception {
    FirecrackerHost host = fake.settings().host();
    FirecrackerVersion here = host.firecracker();
    FirecrackerVersion newer = new FirecrackerVersion("1.17.0", "v12.0.0");

    refused(new FirecrackerHost(newer, host.cpu(), host.kernel()))
        .withMessageContaining("made by Firecracker 1.15.1 and here is 1.17.0");
    refused(new FirecrackerHost(here, "Another CPU", host.kernel()))
        .withMessageContaining("and here is Another CPU");
    refused(new FirecrackerHost(here, host.cpu(), "7.0.0"))
        .withMessageContaining("and here is 7.0.0");
    Path other = files.resolveSibling("cccccccccccccccc");
    Files.move(files, other);
    golden = new GoldenSnapshot("cccccccccccccccc", golden.template(), golden.size());
    refused(host).withMessageContaining("another template");
  }

  @Test
  void withATruncatedMemoryOrADamagedState() throws Exception {
    try (RandomAccessFile memory = new RandomAccessFile(files.resolve("mem").toFile(), "rw")) {
      long size = memory.length();
      memory.setLength(size - 1);
      refused(fake.settings().host()).withMessageContaining("memory file is not complete");
      memory.setLength(size);
    }
    Path state = files.resolve("state");
    byte[] whole = Files.readAllBytes(state);
    Files.write(state, Arrays.copyOf(whole, whole.length - 1));
    refused(fake.settings().host()).withMessageContaining("state file is not what was written");
    Files.delete(state);
    refused(fake.settings().host()).withMessageContaining("build the template again");
  }

  @Test
  void whoseBaseImageWasChanged() throws Exception {
    Path image = fake.cache.resolve("images").resolve(FakeInstallation.IMAGE).resolve("base.img");
    Files.setLastModifiedTime(image, FileTime.from(Instant.EPOCH));
    refused(fake.settings().host()).withMessageContaining("base image was changed");
    Files.delete(image);
    refused(fake.settings().host()).withMessageContaining("base image was changed");
  }

  @Test
  void withoutManifest() throws Exception {
    Files.writeString(files.resolve("manifest.json"), "{\"form\":\"another\"}");
    refused(fake.settings().host()).withMessageContaining("build the template again");
    Files.delete(files.resolve("manifest.json"));
    refused(fake.settings().host()).withMessageContaining("missing or damaged");
  }

  @Test
  void aRestoreThatFailsLeavesNoHalfStartedMachine() throws Exception {
    fake.install("1.15.1", Set.of(Fault.LOAD_FAILS));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> fake.driver(fake.settings()).clone(MachineId.random(), golden))
        .matches(failure -> !String.valueOf(failure.getMessage()).contains("told to fail"))
        .withStackTraceContaining("told to fail");

    assertNothingIsLeft();
  }

  @Test
  void whatAVmmPrintsThatDoesNotStartIsNotShownToCallers() throws Exception {
    Files.writeString(directory.resolve("firecracker-fake"), "#!/bin/sh\necho /the/hosts/path\n");

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(() -> fake.driver(fake.settings()).clone(MachineId.random(), golden))
        .matches(failure -> !String.valueOf(failure.getMessage()).contains("/the/hosts/path"))
        .withStackTraceContaining("it printed: /the/hosts/path");

    assertNothingIsLeft();
  }

  @Test
  void aDiskThatFillsDuringASnapshotLeavesNoSnapshotAndNoMachine() throws Exception {
    Files.move(files, files.resolveSibling("away"));
    fake.install("1.15.1", Set.of(Fault.CREATE_NO_SPACE));

    assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(
            () -> fake.builder(fake.settings()).build(FakeInstallation.recipe(), step -> {}))
        .matches(failure -> failure.code() == ErrorCode.NO_SPACE);

    assertThat(files).doesNotExist();
    assertNothingIsLeft();
  }

  private ThrowableAssertAlternative<OmniRunException> refused(FirecrackerHost host) {
    ThrowableAssertAlternative<OmniRunException> refusal =
        assertThatExceptionOfType(OmniRunException.class)
            .isThrownBy(() -> fake.driver(fake.settings(host)).clone(MachineId.random(), golden))
            .matches(failure -> failure.code() == ErrorCode.TEMPLATE_NOT_READY);
    assertNothingIsLeft();
    return refusal;
  }

  private void assertNothingIsLeft() {
    assertThat(fake.vmms.living()).isEmpty();
    assertThat(fake.machines).isEmptyDirectory();
  }
}
