package io.omnirun.machine;

import io.omnirun.guest.link.GuestDialer;
import io.omnirun.model.MachineId;
import java.nio.file.Path;

/**
 * Where a machine's guest is reached.
 *
 * @param dialer how the VMM leads to its agent
 * @param guestSocket our own socket in front of it: what calls into the guest dial
 */
public record GuestPath(MachineId machine, GuestDialer dialer, Path guestSocket) {}
