package io.omnirun.machine.firecracker;

import static java.util.Objects.requireNonNull;

import io.omnirun.machine.Cleanup;
import io.omnirun.machine.HostDetailException;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Firecracker process that listens.
 *
 * @param ended completes with the reason when it has ended
 */
record RunningVmm(FirecrackerApi api, CompletableFuture<String> ended) {
  private static final Logger log = LoggerFactory.getLogger(RunningVmm.class);

  /** Twelve milliseconds as a rule (its SPECIFICATION.md); a host may be loaded. */
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** The launcher reaps within milliseconds. */
  private static final int TOLD_SECONDS = 2;

  private static final String UNKNOWN = "its virtual machine ended unexpectedly";
  private static final int SHOWN_LOG_CHARACTERS = 1_000;

  /** Starts one in a directory that is laid out; undone by the clean-up. */
  static RunningVmm start(
      Vmms vmms, FirecrackerDirectory directory, VmmStart wanted, Cleanup cleanup)
      throws IOException {
    // A socket that is left makes Firecracker end at once: it never removes one.
    Files.deleteIfExists(directory.apiSocket());
    try (SocketArrival arrival =
        SocketArrival.arm(directory.vmmDirectory(), directory.apiSocket())) {
      cleanup.add(() -> vmms.kill(directory.machine()));
      CompletableFuture<String> ended = vmms.start(wanted);
      arrival.await(ended, START_LIMIT);
      RunningVmm vmm = of(directory.apiSocket(), ended, cleanup);
      vmm.silenceGuest();
      return vmm;
    } catch (OmniRunException e) {
      String printed = "it printed: " + printed(directory.log());
      log.warn("the VMM of {} did not start; {}", directory.machine().value(), printed);
      // Whoever wanted the machine is shown the message, and not what the host's programs print.
      throw new OmniRunException(
          e.code(), requireNonNull(e.getMessage()), new HostDetailException(printed, e));
    }
  }

  /**
   * The kernel's command line has no serial port, but root in a guest can write to it all the same,
   * and Firecracker would pass that on to its log until the host's disk is full. A snapshot does
   * not keep the path, so each VMM is told, before it boots or loads.
   */
  private void silenceGuest() {
    api.put("/serial", ApiBodies.Serial.NOWHERE);
  }

  /**
   * Whoever starts VMMs may be away when one ends, but knows more than that its API's connections
   * have broken, if a moment later.
   */
  private static RunningVmm of(Path socket, CompletableFuture<String> told, Cleanup cleanup)
      throws IOException {
    CompletableFuture<String> ended = new CompletableFuture<>();
    told.thenAccept(ended::complete);
    ApiEnd watch = ApiEnd.watch(socket);
    cleanup.add(watch::close);
    watch.end().thenRun(() -> ended.completeOnTimeout(UNKNOWN, TOLD_SECONDS, TimeUnit.SECONDS));
    return new RunningVmm(new FirecrackerApi(socket), ended);
  }

  /**
   * One that an earlier server has started; it must be that machine's. The clean-up leaves it
   * running, with as many connections to its API free as before: it has ten.
   */
  static RunningVmm adopt(Vmms vmms, FirecrackerDirectory directory, Cleanup cleanup) {
    FirecrackerApi api = new FirecrackerApi(directory.apiSocket());
    String id = api.get("/").path("id").asText();
    if (!id.equals(directory.machine().value())) {
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED,
          "at the machine's socket another one answers",
          new HostDetailException("GET /: its id is " + id));
    }
    try {
      return of(directory.apiSocket(), vmms.ended(directory.machine()), cleanup);
    } catch (IOException e) {
      throw ApiFailure.unreachable("connect", e);
    }
  }

  private static String printed(Path log) {
    try {
      String all = Files.readString(log);
      return all.substring(Math.max(0, all.length() - SHOWN_LOG_CHARACTERS));
    } catch (IOException e) {
      return "(its log cannot be read)";
    }
  }
}
