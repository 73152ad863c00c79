/**
 * OmniRun's public API over HTTP: parses and checks what callers send, calls the use cases, writes
 * their answers. The contract is {@code api/openapi.yaml}.
 */
@NullMarked
package io.omnirun.rest;

import org.jspecify.annotations.NullMarked;
