package io.omnirun.core.ports;

/**
 * A part of a file.
 *
 * @param first its first byte, counted from 0; negative: so many bytes before the end, and {@code
 *     last} is the end
 * @param last its last byte; {@link Long#MAX_VALUE}: to the end of the file
 */
public record FileRange(long first, long last) {}
