package io.omnirun.core.ports;

import io.omnirun.model.MachineKind;

/**
 * What all machines of a driver run on.
 *
 * @param vmmVersion as the VMM itself spells it
 * @param reason how it came to this kind, for people
 */
public record MachinePlatform(MachineKind kind, String vmmVersion, String reason) {}
