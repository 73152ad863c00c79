/**
 * The contract of drivers with QEMU and real microVMs: {@link
 * io.omnirun.e2e.contract.QemuContractTest} starts a launcher, and a program of the server's user
 * that runs the tests of {@link io.omnirun.e2e.contract.QemuContract}.
 */
@NullMarked
package io.omnirun.e2e.contract;

import org.jspecify.annotations.NullMarked;
