package io.omnirun.machine.qemu;

/**
 * Which accelerator machines run on, and how that was found out.
 *
 * @param reason for people
 */
public record AcceleratorChoice(Accelerator accelerator, String reason) {}
