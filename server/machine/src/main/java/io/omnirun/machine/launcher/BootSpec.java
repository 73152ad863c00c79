package io.omnirun.machine.launcher;

/** The spec of {@code machine.boot}; hashes name files in the cache directory. */
public record BootSpec(
    String machine,
    String accelerator,
    int vcpus,
    int memoryMib,
    String kernel,
    String image,
    String commandLine,
    MachineLimits limits) {}
