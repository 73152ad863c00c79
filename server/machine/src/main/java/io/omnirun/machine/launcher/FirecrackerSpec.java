package io.omnirun.machine.launcher;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * The spec of {@code machine.firecracker}; hashes name files in the cache directory.
 *
 * @param golden of a clone
 * @param kernel of a machine that boots, as {@code vmlinux}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FirecrackerSpec(
    String machine,
    String image,
    @Nullable String golden,
    @Nullable String kernel,
    @Nullable String vmlinux,
    MachineLimits limits) {}
