// Package process names a process so that the name can never come to mean another one: by a pidfd, taken while pid and start time
// matched. It kills through that descriptor and learns of the end from it, without polling and without a thread that waits.
package process
