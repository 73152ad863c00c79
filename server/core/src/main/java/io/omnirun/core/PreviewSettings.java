package io.omnirun.core;

/**
 * What the operator has chosen for previews.
 *
 * @param urls how exposures are named
 * @param sandboxNames whether a sandbox's id and a port are a name, too
 * @param interpreterPort whether that holds for the interpreter's port
 */
public record PreviewSettings(PreviewUrls urls, boolean sandboxNames, boolean interpreterPort) {}
