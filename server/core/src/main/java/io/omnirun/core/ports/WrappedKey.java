package io.omnirun.core.ports;

/**
 * A key under a master key: safe to store.
 *
 * @param masterKey the id of the master key
 * @param text what {@link KeyWrapper} made of it
 */
public record WrappedKey(String masterKey, String text) {}
