package io.omnirun.images;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Runs programs of the host and waits for their end. What a program leaves running in its session
 * ends with the call, and also with this process, however that ends: a supervisor kills the session
 * when its own standard input ends. Thread-safe.
 */
final class ProcessRunner {
  /**
   * The supervisor; its arguments are the program. It kills the program besides its process group
   * because the group does not exist before {@code setsid} has run.
   */
  private static final String SUPERVISOR =
      """
      exec 3<&0
      setsid -- "$@" </dev/null 3<&- &
      program=$!
      (read -r nothing <&3; kill -s KILL -- "-$program" "$program") >/dev/null 2>&1 &
      watcher=$!
      exec 3<&-
      wait "$program"
      status=$?
      kill -s KILL -- "$watcher" "-$program" 2>/dev/null
      exit "$status"
      """;

  /**
   * How long a killed program and its last output may take to be gone; it is a moment on any host
   * that works.
   */
  private static final long END_SECONDS = 30;

  /**
   * All that programs get of our own environment, which may hold secrets: how to reach the network.
   */
  private static final List<String> INHERITED =
      List.of("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY");

  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "HOME", System.getProperty("user.home"),
          "LC_ALL", "C.UTF-8");

  /**
   * Runs a program to its end. Blocks; an interrupt kills the program and stays set.
   *
   * @param listener hears each line of the program's output and errors, from another thread; an
   *     exception of its ends the program
   * @return the last lines of its output
   * @throws ProgramFailedException if it does not start, does not end with status 0 or is killed
   */
  List<String> run(Program program, Consumer<String> listener) throws ProgramFailedException {
    OutputTail tail = new OutputTail();
    Process process = start(program);
    try {
      FutureTask<Void> output = readOutput(process, listener.andThen(tail::add));
      if (!process.waitFor(program.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        throw failure(program, "took longer than " + program.timeout(), tail);
      }
      output.get(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ProgramFailedException(program.name(), "was interrupted", tail.lines(), e);
    } catch (ExecutionException | TimeoutException e) {
      String reason = "could not be listened to";
      throw new ProgramFailedException(program.name(), reason, tail.lines(), e);
    } finally {
      end(process);
    }
    if (process.exitValue() != 0) {
      throw failure(program, "ended with status " + process.exitValue(), tail);
    }
    return tail.lines();
  }

  /** Runs a program of which only the answer matters. */
  List<String> run(Program program) throws ProgramFailedException {
    return run(program, line -> {});
  }

  private static Process start(Program program) throws ProgramFailedException {
    List<String> supervised =
        Stream.concat(Stream.of("/bin/sh", "-c", SUPERVISOR, "sh"), program.command().stream())
            .toList();
    ProcessBuilder builder =
        new ProcessBuilder(supervised)
            .directory(program.directory().toFile())
            .redirectErrorStream(true);
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(ENVIRONMENT);
    builder.environment().putAll(program.environment());
    try {
      return builder.start();
    } catch (IOException e) {
      throw new ProgramFailedException(program.name(), "could not be started", List.of(), e);
    }
  }

  /**
   * The program must never wait for a reader that is gone, so the end of reading is the end of the
   * program. The thread is no virtual one: reading a pipe would hold its carrier all the time.
   */
  private static FutureTask<Void> readOutput(Process process, Consumer<String> listener) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              try (var programInput = process.getOutputStream()) {
                new LineReader(listener).readAll(process.getInputStream());
              }
              return null;
            });
    Thread.ofPlatform().daemon().name("program output").start(task);
    return task;
  }

  private static ProgramFailedException failure(Program program, String reason, OutputTail tail) {
    return new ProgramFailedException(program.name(), reason, tail.lines(), null);
  }

  /** Ends what is left of a program; nothing is after a normal end. */
  private static void end(Process process) {
    boolean interrupted = Thread.interrupted();
    try {
      process.getOutputStream().close();
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      interrupted = true;
      process.destroyForcibly();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
