package io.omnirun.core.ports;

import io.omnirun.model.SizeClass;

/**
 * A booted, warmed and frozen machine of a template in one size class; every sandbox is a clone of
 * one.
 *
 * @param hash of everything that went into it: its name in the cache
 * @param template the template's own name
 */
public record GoldenSnapshot(String hash, String template, SizeClass size) {}
