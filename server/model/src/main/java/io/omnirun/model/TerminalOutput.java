package io.omnirun.model;

/**
 * What a terminal has shown.
 *
 * @param text empty: nothing yet
 * @param ended its shell has ended and nothing is left to be read behind this
 */
public record TerminalOutput(String text, boolean ended) {}
