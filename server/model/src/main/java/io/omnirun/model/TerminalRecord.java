package io.omnirun.model;

import java.time.Instant;

/**
 * A terminal that was opened in a sandbox.
 *
 * @param handle its number in the API; never used again in the sandbox, nor for a command
 * @param running whether its shell still runs
 */
public record TerminalRecord(int handle, boolean running, Instant startedAt) {}
