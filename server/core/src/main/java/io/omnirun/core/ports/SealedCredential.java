package io.omnirun.core.ports;

/**
 * A credential as it is stored.
 *
 * @param version of the write that put it there: later ones are larger, also after a deletion
 * @param bytes of name and value, as the limit counts them
 */
public record SealedCredential(String name, long version, int bytes, String sealed) {}
