// Package command is the launcher's command line: it reads flags, prepares what the launcher needs on the host, and wires the parts.
//
//	omnirun-launcher serve --server-uid … --server-gid … --state-dir … --cache-dir …   the daemon
//	omnirun-launcher sweep --instance … --run-dir …                                    ends every machine when the daemon is gone
//	omnirun-launcher jail                                                              internal: the child that becomes a VMM
package command
