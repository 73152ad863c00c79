package io.omnirun.model;

import java.time.Instant;

/**
 * A place in a sandbox where code is executed piece by piece and finds what the pieces before have
 * left.
 *
 * @param id unique within the sandbox
 * @param language as the interpreter calls it
 * @param cwd where its code began
 */
public record CodeContext(String id, String language, String cwd, Instant createdAt) {}
