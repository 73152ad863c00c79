package jail

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"omnirun/launcher/internal/wire"
)

// Plan is all that the child must know.
type Plan struct {
	Program   string   `json:"program"`   // absolute path of the VMM
	Arguments []string `json:"arguments"` // without the program's name
	UID       int      `json:"uid"`
	GID       int      `json:"gid"`
	Root      string   `json:"root"`             // a tree of package tree with all that the VMM needs
	Keep      []int    `json:"keep,omitempty"`   // descriptors that the VMM gets, besides the standard ones
	Tap       int      `json:"tap"`              // the number that the tap's descriptor is to have, one of Keep; 0: the VMM opens it by name
	Mounts    []Mount  `json:"mounts,omitempty"` // files and directories of this machine alone
	Directory string   `json:"directory"`        // where the VMM begins
	Umask     int      `json:"umask"`            // what the VMM makes is bounded by
	KVM       bool     `json:"kvm"`              // whether there is a /dev/kvm
	Null      bool     `json:"null"`             // whether there is a /dev/null
	FileBytes int64    `json:"fileBytes"`        // the largest size of a file that the VMM writes
	Threads   int64    `json:"threads"`          // how many the VMM may have
	Jailer    Jailer   `json:"jailer,omitzero"`  // who makes the VMM's root and gives up rights; empty: the child itself
}

// Mount is a file or directory that Detach has made a mount of.
type Mount struct {
	Descriptor int    `json:"descriptor"` // of the mount
	Target     string `json:"target"`     // where it appears, a path from the VMM's root
	Writable   bool   `json:"writable"`   // for who may write by the file's mode
}

// The descriptors of the two pipes in the child. They lie below those of the VMM.
const (
	planDescriptor   = 3
	reportDescriptor = 4
)

// maxPlanBytes bounds the plan in its pipe; it holds a command line of about 3 KiB.
const maxPlanBytes = 64 * 1024

// readyMarker is what the child reports last before execve. The pipe closes with a successful execve, so the marker alone means that
// the child has become the VMM, or the jailer that does; nothing means that it died, anything else is an error.
const readyMarker = "ready\n"

func writePlan(pipe *os.File, plan Plan) error {
	encoded, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	if len(encoded) > maxPlanBytes {
		return fmt.Errorf("the jail's plan is longer than %d bytes", maxPlanBytes)
	}
	_, err = pipe.Write(encoded)
	return errors.Join(err, pipe.Close())
}

func readPlan(pipe *os.File) (Plan, error) {
	encoded, err := io.ReadAll(io.LimitReader(pipe, maxPlanBytes))
	if err != nil {
		return Plan{}, err
	}
	if len(encoded) == 0 {
		return Plan{}, errors.New("the launcher went away before it gave a plan")
	}
	var plan Plan
	err = wire.Decode(encoded, &plan)
	return plan, errors.Join(err, pipe.Close())
}
