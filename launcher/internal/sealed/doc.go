// Package sealed copies files into memory that nobody can change afterwards, root included.
//
// QEMU 7.2 opens the file behind a guest's RAM for writing even when it maps it privately, and opens a kernel by a path that the
// machine's own uid must be allowed to read. A memfd serves both: anybody may open it, and the seals SHRINK, GROW, WRITE and SEAL
// refuse every change, through whatever descriptor.
package sealed
