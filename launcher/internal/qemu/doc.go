// Package qemu knows QEMU's command line and nothing else: a pure function from a machine's shape to arguments.
//
// Everything that a VMM may touch reaches it as an open descriptor with a fixed number, so the arguments are the same for every
// machine of one shape. A boot and a clone have the same devices in the same order, for the device state of one is loaded by the
// other; they differ in where the RAM comes from, in the console and in the kernel, which a clone does not need: its RAM holds one.
package qemu
