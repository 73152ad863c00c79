// Package process runs the guest's processes: it starts them as their users, spools what they write, feeds their
// input, and tells any number of readers what becomes of them (api/proto/process/process.proto).
//
// Two ends are told apart. A process has exited when it has been reaped and all that it wrote before has been read,
// though a child it left behind may hold its output open; its output has ended when nobody can write to it any more.
//
// Every process leads a session and a process group of its own, so that a signal reaches what it started and nothing
// else, and so that no process shares the agent's terminal. Signals and time-outs go to the whole group; children
// that made a group of their own, such as those of an interactive shell, are told by the kernel when their terminal's
// session ends. Losing a reader never ends a process.
package process
