package io.omnirun.images;

/**
 * A user that a template makes, with a group of the same name and no password.
 *
 * @param home made with the system's usual files in it
 * @param passwordlessSudo may become root, where the template has sudo
 */
public record TemplateUser(
    String name, int uid, String home, String shell, boolean passwordlessSudo) {}
