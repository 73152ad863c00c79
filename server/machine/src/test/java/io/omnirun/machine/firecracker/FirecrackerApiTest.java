package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.testkit.firecracker.FakeFirecracker;
import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client of the API against the FAKE Firecracker; its guest here is a program that sleeps. */
class FirecrackerApiTest {
  @TempDir Path directory;
  private final List<FakeVmm> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(FakeVmm::close);
  }

  private FakeVmm vmm(String name) throws IOException {
    return vmm(name, "1.15.1", Set.of());
  }

  private FakeVmm vmm(String name, String version, Set<Fault> faults) throws IOException {
    Path own = Files.createDirectory(directory.resolve(name));
    Path agent = Files.writeString(own.resolve("agent"), "#!/bin/sh\n: >\"$2\"\nexec sleep 600\n");
    assertThat(agent.toFile().setExecutable(true)).isTrue();
    FakeVmm vmm = FakeVmm.start(own, agent, version, faults);
    started.add(vmm);
    return vmm;
  }

  @Test
  void aMachineGoesThroughItsStates() throws Exception {
    FakeVmm vmm = vmm("a");
    assertThat(vmm.state()).isEqualTo("Not started");
    assertThat(vmm.api.get("/version").path("firecracker_version").asText()).isEqualTo("1.15.1");

    vmm.boot();
    assertThat(vmm.state()).isEqualTo("Running");
    vmm.snapshot();

    assertThat(vmm.state()).isEqualTo("Paused");
    assertThat(vmm.api.get("/vm/config").at("/drives/0/path_on_host").asText())
        .isEqualTo("disk.img");
    assertThat(Files.size(vmm.directory.resolve("mem"))).isEqualTo(64L * 1024 * 1024);
    vmm.api.patch("/vm", ApiBodies.VmState.RESUMED);
    assertThat(vmm.state()).isEqualTo("Running");
  }

  @Test
  void aSnapshotIsLoadedByAnotherProcessInADirectoryOfItsOwn() throws Exception {
    FakeVmm template = vmm("template");
    template.boot();
    template.snapshot();
    FakeVmm clone = vmm("clone");
    Files.writeString(clone.directory.resolve("disk.img"), "the clone's");

    clone.load(template.directory);

    assertThat(clone.state()).isEqualTo("Paused");
    assertThat(clone.directory.resolve("vsock.sock")).exists();
  }

  @Test
  void callsOutOfOrderAreRefusedInItsWords() throws Exception {
    FakeVmm vmm = vmm("a");

    refused(() -> vmm.api.patch("/vm", ApiBodies.VmState.PAUSED), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining(
            "PATCH /vm: The requested operation is not supported before starting the microVM.");
    refused(
            () -> vmm.api.put("/actions", new ApiBodies.Action("InstanceStart")),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("Cannot start microvm without kernel configuration");
    vmm.boot();
    refused(
            () -> vmm.api.put("/machine-config", new ApiBodies.MachineConfig(1, 64)),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("not supported after starting the microVM.");
    refused(
            () -> vmm.api.put("/snapshot/create", ApiBodies.SnapshotCreate.full("s", "m")),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("save/restore unavailable while running");
    assertThat(vmm.state()).isEqualTo("Running");
  }

  @Test
  void aSerialPortIsLedElsewhereBeforeASnapshotIsLoadedAndNotAfter() throws Exception {
    FakeVmm template = vmm("template");
    template.boot();
    template.snapshot();
    FakeVmm clone = vmm("clone");
    Files.writeString(clone.directory.resolve("disk.img"), "the clone's");

    clone.api.put("/serial", ApiBodies.Serial.NOWHERE);
    clone.load(template.directory);

    assertThat(template.directory.resolve("vmm.log"))
        .content()
        .contains(FakeFirecracker.SAID_BY_GUEST);
    assertThat(clone.directory.resolve("vmm.log"))
        .content()
        .doesNotContain(FakeFirecracker.SAID_BY_GUEST);
    refused(() -> clone.api.put("/serial", ApiBodies.Serial.NOWHERE), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("not supported after starting the microVM.");
  }

  @Test
  void whatIsConfiguredOnceIsNeverLoadedInto() throws Exception {
    FakeVmm vmm = vmm("a");
    refused(
        () -> vmm.api.put("/machine-config", new ApiBodies.MachineConfig(0, 64)),
        ErrorCode.MACHINE_FAILED);

    refused(() -> vmm.load(vmm.directory), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("not allowed after configuring boot-specific resources");
    assertThat(vmm.process.isAlive()).isTrue();
  }

  @Test
  void unknownFieldsAndPathsAreRefused() throws Exception {
    FakeVmm vmm = vmm("a");

    refused(() -> vmm.api.put("/entropy", Map.of("speed", 1)), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("unknown field `speed`");
    refused(() -> vmm.api.put("/teapot", Map.of()), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("Invalid request method and/or path: PUT teapot.");
    refused(
            () -> vmm.api.put("/drives/a-b", new ApiBodies.Drive("a-b", "x", false, false)),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("alphanumeric characters and underscores");
    refused(
            () -> vmm.api.put("/entropy", Map.of("x", "y".repeat(60_000))),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("larger than the limit of 51200");
  }

  @Test
  void aBalloonIsPutBeforeTheStartAndNoLargerThanTheMemory() throws Exception {
    FakeVmm vmm = vmm("a");
    refused(() -> vmm.api.get("/balloon"), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("No balloon device found.");
    refused(
            () -> vmm.api.put("/balloon", new ApiBodies.Balloon(129, true, true)),
            ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("Amount of pages requested is too large.");
    refused(() -> vmm.api.put("/balloon", Map.of("amount_mib", 0)), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("missing field `deflate_on_oom`");

    vmm.boot();

    refused(() -> vmm.api.put("/balloon", ApiBodies.Balloon.REPORTING), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("not supported after starting the microVM.");
    assertThat(vmm("old", "1.13.1", Set.of()))
        .satisfies(
            old ->
                refused(
                        () -> old.api.put("/balloon", ApiBodies.Balloon.REPORTING),
                        ErrorCode.MACHINE_FAILED)
                    .withStackTraceContaining("unknown field `free_page_reporting`"));
  }

  @Test
  void aFailedRestoreIsToldAndEndsTheProcess() throws Exception {
    FakeVmm template = vmm("template");
    template.boot();
    template.snapshot();
    Path state = template.directory.resolve("state");
    byte[] bytes = Files.readAllBytes(state);
    bytes[bytes.length / 2] ^= 1;
    Files.write(state, bytes);
    FakeVmm clone = vmm("clone");

    refused(() -> clone.load(template.directory), ErrorCode.TEMPLATE_NOT_READY)
        .withStackTraceContaining("CRC64 validation failed")
        .withMessageContaining("must be built again");

    assertThat(clone.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(clone.process.exitValue()).isEqualTo(1);
  }

  @Test
  void aSnapshotOfAnotherVersionIsRefused() throws Exception {
    FakeVmm template = vmm("template");
    template.boot();
    template.snapshot();
    FakeVmm newer = vmm("newer", "1.17.0", Set.of());

    refused(() -> newer.load(template.directory), ErrorCode.TEMPLATE_NOT_READY)
        .withStackTraceContaining("Invalid data version: v9.0.0");
  }

  @Test
  void aStaleVsockSocketFailsTheRestore() throws Exception {
    FakeVmm template = vmm("template");
    template.boot();
    template.snapshot();
    FakeVmm clone = vmm("clone");
    Files.writeString(clone.directory.resolve("disk.img"), "");
    Files.writeString(clone.directory.resolve("vsock.sock"), "");

    refused(() -> clone.load(template.directory), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("Error binding to the host-side Unix socket");
  }

  @Test
  void aFullDiskIsTheOperatorsToFreeAndTheMachineLives() throws Exception {
    FakeVmm vmm = vmm("a", "1.15.1", Set.of(Fault.CREATE_NO_SPACE));
    vmm.boot();

    refused(vmm::snapshot, ErrorCode.NO_SPACE).withMessageContaining("free some");
    vmm.api.patch("/vm", ApiBodies.VmState.RESUMED);
    assertThat(vmm.state()).isEqualTo("Running");
  }

  @Test
  void aStaleApiSocketIsSeenAsTheEndOfTheProcess() throws Exception {
    vmm("a").close();
    Path own = directory.resolve("a");
    Files.delete(own.resolve("api.sock"));
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("api.sock"), "");
    Path binary = FakeFirecracker.install(own, own.resolve("agent"), "1.15.1", Set.of());
    Process process =
        new ProcessBuilder(
                binary.toString(), "--api-sock", elsewhere.resolve("api.sock").toString())
            .start();
    CompletableFuture<String> ended =
        process.onExit().thenApply(exited -> "exit code " + exited.exitValue());

    try (SocketArrival arrival = SocketArrival.arm(own, own.resolve("api.sock"))) {
      refused(() -> arrival.await(ended, Duration.ofMinutes(1)), ErrorCode.MACHINE_FAILED)
          .withMessageContaining("exit code 1");
    }
  }

  @Test
  void aVmmThatIsGoneIsOutOfReachAndNotARefusal() throws Exception {
    FakeVmm vmm = vmm("a");
    vmm.close();
    vmm.process.waitFor();

    refused(() -> vmm.api.get("/"), ErrorCode.MACHINE_FAILED)
        .withMessageContaining("cannot be reached");
  }

  @Test
  void moreThanTenConnectionsAreTooMany() throws Exception {
    FakeVmm vmm = vmm("a");
    List<SocketChannel> held = new ArrayList<>();
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(vmm.directory.resolve("api.sock"));
    for (int count = 0; count < 10; count++) {
      held.add(SocketChannel.open(address));
      // Answered: so it is counted.
      held.getLast().write(ByteBuffer.wrap(ApiMessages.request("GET", "/", "")));
      held.getLast().read(ByteBuffer.allocate(1024));
    }

    refused(() -> vmm.api.get("/"), ErrorCode.MACHINE_FAILED)
        .withStackTraceContaining("Too many open connections");
    for (SocketChannel channel : held) {
      channel.close();
    }
  }

  private static ThrowableAssertAlternative<OmniRunException> refused(
      ThrowingCallable call, ErrorCode code) {
    return assertThatExceptionOfType(OmniRunException.class)
        .isThrownBy(call)
        .matches(failure -> failure.code() == code, "code " + code);
  }
}
