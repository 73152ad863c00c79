package firecracker

import (
	"fmt"
	"regexp"

	"omnirun/launcher/internal/program"
)

// Version is what a binary says of itself. Which versions are of use the server decides.
type Version struct {
	Firecracker string // "1.15.1", say
	Snapshots   string // "v9.0.0", say: of the form of its snapshots
}

var (
	versionPattern  = regexp.MustCompile(`\AFirecracker v([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*)`)
	jailerPattern   = regexp.MustCompile(`\AJailer v([0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.-]*)`)
	snapshotPattern = regexp.MustCompile(`(?m)^(v[0-9]+\.[0-9]+\.[0-9]+)$`)
)

// AskJailer asks a jailer for its version, as an unprivileged user.
func AskJailer(binary string, uid, gid uint32) (string, error) {
	return match(jailerPattern, binary, uid, gid, "--version")
}

// Ask asks a binary for its version, as an unprivileged user.
func Ask(binary string, uid, gid uint32) (Version, error) {
	version, err := match(versionPattern, binary, uid, gid, "--version")
	if err != nil {
		return Version{}, err
	}
	snapshots, err := match(snapshotPattern, binary, uid, gid, "--snapshot-version")
	return Version{Firecracker: version, Snapshots: snapshots}, err
}

func match(pattern *regexp.Regexp, binary string, uid, gid uint32, flag string) (string, error) {
	output, err := program.Ask(binary, uid, gid, flag)
	if err != nil {
		return "", err
	}
	found := pattern.FindSubmatch(output)
	if found == nil {
		return "", fmt.Errorf("%s %s does not answer as expected", binary, flag)
	}
	return string(found[1]), nil
}
