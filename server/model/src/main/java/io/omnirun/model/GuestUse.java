package io.omnirun.model;

/**
 * What a guest uses at a moment, by its own account.
 *
 * @param cpuCount virtual CPUs
 * @param cpuUsedPercent over all of them since the measurement before, 0 to 100; 0 in the first
 * @param memoryUsedBytes what programs could not have for the asking: without caches
 */
public record GuestUse(
    int cpuCount,
    double cpuUsedPercent,
    long memoryUsedBytes,
    long memoryTotalBytes,
    long diskUsedBytes,
    long diskTotalBytes) {}
