package io.omnirun.machine.launcher;

/** The spec of {@code machine.clone}; hashes name files in the cache directory. */
public record CloneSpec(
    String machine,
    String accelerator,
    String golden,
    int vcpus,
    int memoryMib,
    String image,
    MachineLimits limits) {}
