package io.omnirun.images;

/**
 * A file that a template puts into its root file system, after the packages and users and before
 * the commands. Directories that are missing above it are made, owned by root.
 *
 * @param path absolute, without dots and special characters
 * @param mode permission bits
 * @param owner {@code user} or {@code user:group} as the template's own system knows them
 */
public record TemplateFile(String path, int mode, String owner, FileContent content) {}
