package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"omnirun/launcher/internal/golden"
	"omnirun/launcher/internal/machine"
	"omnirun/launcher/internal/qemu"
	"omnirun/launcher/internal/record"
	"omnirun/launcher/internal/server"
	"omnirun/launcher/internal/serverfs"
	"omnirun/launcher/internal/spec"
	"omnirun/launcher/internal/tree"
)

// serve is the daemon. It returns after SIGTERM or SIGINT; the machines run on.
func serve(arguments []string, log *slog.Logger) error {
	parsed, err := parseOptions(arguments)
	if err != nil {
		return err
	}
	if err := requireHost(); err != nil {
		return err
	}
	run, err := openRunDirectory(parsed.runDirectory)
	if err != nil {
		return err
	}
	defer run.close()
	// Group rights of root's own must not leak into what is done in the server's name.
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("the supplementary groups cannot be dropped: %w", err)
	}
	state, err := serverfs.OpenRoot(parsed.stateDirectory, parsed.server)
	if err != nil {
		return err
	}
	defer state.Close()
	cache, err := serverfs.OpenRoot(parsed.cacheDirectory, parsed.server)
	if err != nil {
		return err
	}
	defer cache.Close()
	// What QEMU finds relative to itself is beside the program, not beside a link to it.
	program, err := filepath.EvalSymlinks(parsed.qemu)
	if err != nil {
		return fmt.Errorf("--qemu is of no use: %w", err)
	}
	return serveWith(parsed, run, machine.Config{State: state, Cache: cache, QEMU: machine.VMM{Binary: program}, UIDBase: parsed.uidBase, Log: log})
}

// serveWith completes the configuration, takes over what a former launcher left, and serves.
func serveWith(parsed options, run *runDirectory, config machine.Config) (err error) {
	if config.Records, err = record.Open(run.path); err != nil {
		return fmt.Errorf("the records cannot be opened: %w", err)
	}
	if config.QEMU.Tree, err = makeQEMUTree(config.QEMU.Binary, parsed.uidBase, run); err != nil {
		return err
	}
	firecrackerInfo, err := openFirecracker(parsed, run, &config)
	if err != nil {
		return err
	}
	if config.Groups, err = discoverGroups(parsed.instance); err != nil {
		return err
	}
	if err := config.Groups.LimitDisk(parsed.stateDirectory); err != nil {
		return err
	}
	info, err := describe(parsed, config.Groups)
	if err != nil {
		return err
	}
	config.KVM, info.Firecracker = info.KVMNode, firecrackerInfo
	config.Router, err = openRouter(parsed, run, config.Log)
	var unusable unusableError
	switch {
	case err == nil:
		info.Network = describeNetwork(config.Router)
		defer func() { err = errors.Join(err, config.Router.Close()) }()
	case errors.Is(err, errNoNetwork):
		info.NetworkProblem = err.Error()
	case errors.As(err, &unusable):
		config.Log.Warn("no guest gets a link", "error", err)
		info.NetworkProblem = err.Error()
	default:
		return err
	}
	config.Goldens = golden.NewStore(func(name spec.Hash) (*os.File, error) {
		return config.Cache.Regular("golden/"+string(name)+"/ram", os.O_RDONLY)
	})
	hub := server.NewHub()
	config.OnExit = hub.Publish
	machines := machine.New(config)
	if err := machines.Reconcile(); err != nil {
		config.Log.Warn("not all remains of a former launcher could be cleared up", "error", err)
	}
	if err := machines.WatchFlows(hub.Offer); err != nil {
		config.Log.Warn("what guests send is not in their logs", "error", err)
	}
	return listen(parsed, &server.Server{
		Machines: machines, Goldens: config.Goldens, Hub: hub, Info: info, ServerUID: parsed.server.UID, Log: config.Log,
	})
}

// makeQEMUTree makes the root that QEMU's jails will have.
func makeQEMUTree(binary string, uid int, run *runDirectory) (string, error) {
	files, err := qemu.Files(binary, uint32(uid), uint32(uid))
	if err != nil {
		return "", fmt.Errorf("--qemu is of no use: %w", err)
	}
	return makeTree(run, files, qemu.MountPoints)
}

func makeTree(run *runDirectory, files []string, points tree.MountPoints) (string, error) {
	made, err := tree.Make(run.path, files, points)
	if err != nil {
		return "", fmt.Errorf("the files of VMMs cannot be prepared: %w", err)
	}
	return made, nil
}

func listen(parsed options, served *server.Server) error {
	listener, err := server.Listen(parsed.socket, parsed.server.UID, parsed.server.GID)
	if err != nil {
		return err
	}
	stop, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer forget()
	defer context.AfterFunc(stop, func() {
		if err := listener.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			served.Log.Error("the socket could not be closed", "error", err)
		}
	})()
	served.Log.Info("serving", "socket", parsed.socket, "instance", parsed.instance, "qemu", served.Info.QEMUVersion,
		"cgroupVersion", served.Info.Cgroup.Version, "controllers", served.Info.Cgroup.Controllers)
	return served.Serve(listener)
}
