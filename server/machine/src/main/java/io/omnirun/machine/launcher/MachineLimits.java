package io.omnirun.machine.launcher;

/**
 * What a VMM may use of the host, held by its cgroup and its resource limits.
 *
 * @param memoryMib of the whole VMM, not the guest
 * @param cpuPercent 100 is one CPU
 * @param pids threads and processes
 * @param fileBytes the longest file it may write
 */
public record MachineLimits(int memoryMib, int cpuPercent, int pids, long fileBytes) {}
