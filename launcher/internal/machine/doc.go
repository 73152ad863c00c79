// Package machine starts VMMs, knows which ones live, and clears up after those that ended.
//
// A machine exists from the moment its name is taken until its process has been reaped and its control group and record are gone; only
// then is its end announced and the name free. One goroutine per machine waits for the end. VMMs outlive the launcher, so a new one
// begins by finding those of its predecessor (Reconcile).
package machine
