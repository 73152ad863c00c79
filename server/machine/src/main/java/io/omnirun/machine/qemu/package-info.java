/** The machine driver for QEMU, under KVM or TCG. */
@NullMarked
package io.omnirun.machine.qemu;

import org.jspecify.annotations.NullMarked;
