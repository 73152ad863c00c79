// Package cgroup gives every VMM a control group with its limits, on version 2 of the kernel's interface where the controllers are to
// be had there, else on version 1, else on what there is.
//
// Groups are named omnirun/<instance>/<machine> below a base: the launcher's own group on version 2, which is what a service manager
// delegates, and the top of each hierarchy on version 1, where nothing is delegated.
package cgroup
