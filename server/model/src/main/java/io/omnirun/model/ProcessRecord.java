package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A process that was started in a sandbox, running or ended.
 *
 * @param handle its number in the API; never used again in the sandbox
 * @param commandLine as it was asked for
 * @param exitCode empty while it runs
 * @param stdout the newest of what it has printed so far
 * @param truncated more was printed than is shown
 */
public record ProcessRecord(
    int handle,
    String commandLine,
    boolean running,
    OptionalInt exitCode,
    String stdout,
    String stderr,
    boolean truncated,
    Instant startedAt,
    Optional<Instant> endedAt) {}
