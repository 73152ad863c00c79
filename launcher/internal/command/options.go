package command

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"omnirun/launcher/internal/firecracker"
	"omnirun/launcher/internal/machine"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
)

// hostOptions are what the daemon and its sweeper share.
type hostOptions struct {
	instance     spec.Instance
	runDirectory string
	rawInstance  string
}

// options are the daemon's. api/launcher.md says what each is.
type options struct {
	hostOptions
	socket         string
	server         serverfs.Identity
	stateDirectory string
	cacheDirectory string
	uidBase        int
	qemu           string
	firecracker    string // empty: machines run in QEMU
	jailer         string // empty: Firecracker is started in the launcher's own walls alone
	entry          string // what a jailer starts
	memory         string // of machines of Firecracker
	network        string // empty: no guest gets a link
	networkExcept  string
}

func (o *hostOptions) register(flags *flag.FlagSet) {
	flags.StringVar(&o.rawInstance, "instance", "main", "name of this launcher, 1 to 16 characters of [a-z0-9]")
	flags.StringVar(&o.runDirectory, "run-dir", "/run/omnirun-launcher", "the launcher's own records, on tmpfs")
}

func (o *hostOptions) check() (err error) {
	o.instance, err = spec.ParseInstance(o.rawInstance)
	return errors.Join(err, absolute("run-dir", o.runDirectory))
}

func parseOptions(arguments []string) (options, error) {
	var parsed options
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	parsed.register(flags)
	flags.StringVar(&parsed.socket, "socket", "/run/omnirun/launcher.sock", "the unix socket to serve")
	flags.IntVar(&parsed.server.UID, "server-uid", 0, "uid of the server, the one peer; required")
	flags.IntVar(&parsed.server.GID, "server-gid", 0, "gid of the server; required")
	flags.StringVar(&parsed.stateDirectory, "state-dir", "", "the server's directory with machines/; required")
	flags.StringVar(&parsed.cacheDirectory, "cache-dir", "", "the server's directory with kernels/, images/ and golden/; required")
	flags.IntVar(&parsed.uidBase, "uid-base", 600_000, "first of the uids that machines run as")
	flags.StringVar(&parsed.qemu, "qemu", "/usr/bin/qemu-system-x86_64", "the QEMU binary")
	flags.StringVar(&parsed.firecracker, "firecracker", "", "a Firecracker binary; none: machines run in QEMU")
	flags.StringVar(&parsed.jailer, "jailer", "", "Firecracker's jailer, of the same version; none: the launcher's walls alone")
	flags.StringVar(&parsed.entry, "jailer-entry", "", "what the jailer begins; default: "+firecracker.Entry+" beside this program")
	flags.StringVar(&parsed.memory, "memory-dir", "", "the server's directory for machines' memory, on tmpfs; required with --firecracker")
	flags.StringVar(&parsed.network, "network", "", "an unused IPv4 /17 for guests with links; none: air-gap only")
	flags.StringVar(&parsed.networkExcept, "network-except", "",
		"networks, with commas between, that policies may open although they are private, link-local or the like")
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	return parsed, parsed.check()
}

func (o *options) check() error {
	return errors.Join(
		o.hostOptions.check(),
		absolute("socket", o.socket),
		absolute("state-dir", o.stateDirectory),
		absolute("cache-dir", o.cacheDirectory),
		absolute("qemu", o.qemu),
		o.checkFirecracker(),
		o.checkIdentities(),
	)
}

func (o *options) checkFirecracker() error {
	if o.firecracker == "" {
		if o.jailer != "" {
			return errors.New("--jailer is for a --firecracker, which is not named")
		}
		return nil
	}
	return errors.Join(absolute("firecracker", o.firecracker), absolute("memory-dir", o.memory), o.checkJailer())
}

func (o *options) checkJailer() error {
	if o.jailer == "" {
		if o.entry != "" {
			return errors.New("--jailer-entry is for a --jailer, which is not named")
		}
		return nil
	}
	if o.entry == "" {
		own, err := os.Executable()
		if err != nil {
			return err
		}
		o.entry = filepath.Join(filepath.Dir(own), firecracker.Entry)
	}
	if !strings.Contains(filepath.Base(o.entry), "firecracker") {
		return errors.New("--jailer-entry must have firecracker in its name: jailers begin nothing else")
	}
	return errors.Join(absolute("jailer", o.jailer), absolute("jailer-entry", o.entry))
}

// checkIdentities keeps the three kinds of users apart: root, the server, and the machines.
func (o *options) checkIdentities() error {
	if o.server.UID <= 0 || o.server.GID <= 0 || o.server.UID > math.MaxInt32 || o.server.GID > math.MaxInt32 {
		return errors.New("--server-uid and --server-gid must name the server's own user and group, which are not root's")
	}
	last := o.uidBase + machine.UIDs - 1
	if o.uidBase < 1000 || last > math.MaxInt32 {
		return errors.New("--uid-base must leave room above the system's users and below 2^31")
	}
	for _, id := range []int{o.server.UID, o.server.GID} {
		if id >= o.uidBase && id <= last {
			return fmt.Errorf("the server's id %d lies within the machines' %d to %d", id, o.uidBase, last)
		}
	}
	return nil
}

func absolute(name, path string) error {
	if !filepath.IsAbs(path) || filepath.Clean(path) != path {
		return fmt.Errorf("--%s must be an absolute path without detours, not %q", name, path)
	}
	return nil
}

func parseSweepOptions(arguments []string) (hostOptions, error) {
	var parsed hostOptions
	flags := flag.NewFlagSet("sweep", flag.ContinueOnError)
	parsed.register(flags)
	if err := flags.Parse(arguments); err != nil {
		return hostOptions{}, err
	}
	if flags.NArg() > 0 {
		return hostOptions{}, fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	return parsed, parsed.check()
}
