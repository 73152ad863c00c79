package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What a guest tells of a path.
 *
 * @param path absolute
 * @param sizeBytes of a symbolic link, its own
 * @param mode the permission bits; of a symbolic link that leads somewhere, its target's
 * @param owner a name, or a number that has no name
 * @param modifiedAt in milliseconds
 * @param symlinkTarget where a symbolic link leads in the end; empty if nowhere, or it is none
 */
public record FileEntry(
    String name,
    String path,
    FileKind kind,
    long sizeBytes,
    int mode,
    String owner,
    String group,
    Instant modifiedAt,
    Optional<String> symlinkTarget) {}
