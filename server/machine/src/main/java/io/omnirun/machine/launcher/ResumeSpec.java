package io.omnirun.machine.launcher;

/** The spec of {@code machine.resume}; the hash names a file in the cache directory. */
public record ResumeSpec(
    String machine,
    String accelerator,
    int vcpus,
    int memoryMib,
    String image,
    MachineLimits limits) {}
