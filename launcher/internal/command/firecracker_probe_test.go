package command

import (
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/firecracker"
)

// firecrackerProbe is the name by which the probe stands in for Firecracker. No virtual machine runs in it.
const firecrackerProbe = "firecracker-probe"

// runFirecrackerProbe makes the API's socket, as Firecracker does, and serves the test there.
func runFirecrackerProbe() int {
	atStart := descriptors()
	listener, err := net.Listen("unix", os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Println("the probe cannot listen:", err)
		return 1
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Println("the probe cannot accept:", err)
			return 1
		}
		go obey(connection, atStart)
	}
}

// useFiles does with the files of a machine of Firecracker's what a VMM may and may not do, and returns what became of each.
func useFiles() map[string]string {
	return map[string]string{
		"read the base image":   text(reads(firecracker.Base)),
		"write the base image":  text(opens(firecracker.Base, unix.O_RDWR)),
		"read the golden state": text(reads(firecracker.GoldenState)),
		"map the golden memory": text(reads(firecracker.GoldenMemory)),
		"write golden memory":   text(opens(firecracker.GoldenMemory, unix.O_RDWR)),
		"read the kernel":       text(reads(firecracker.Kernel)),
		"write the disk":        text(os.WriteFile(firecracker.Disk, []byte("changed"), 0)),
		"write a snapshot":      text(os.WriteFile(firecracker.Memory+"/mem", []byte("memory"), 0)),
		"make a snapshot":       text(os.WriteFile(firecracker.Memory+"/another", nil, 0o600)),
		"make a socket":         text(makeSocket(work("vsock.sock"))),
		"make a link":           text(os.Symlink("/", work("link"))),
		"make a second name":    text(os.Link(work("api.sock"), work("second"))),
		"make a FIFO":           text(unix.Mkfifo(work("fifo"), 0o600)),
		"make a directory":      text(os.Mkdir(work("directory"), 0o700)),
		"change a mode":         text(os.Chmod(work("."), 0o777)),
		"open the tap":          text(openInterface("tap0")),
		"open another tap":      text(openInterface("tap1")),
		"open KVM":              text(opens("/dev/kvm", unix.O_RDWR)),
		"write to /dev/null":    text(os.WriteFile("/dev/null", []byte("a guest's"), 0o600)),
	}
}

// work is a name in the directory in which a VMM makes its sockets, wherever it began.
func work(name string) string { return filepath.Join(firecracker.WorkDirectory, name) }

func makeSocket(name string) error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	return listener.Close()
}

// openInterface opens a tap by its name, as Firecracker does.
func openInterface(name string) error {
	tun, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer unix.Close(tun)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	return unix.IoctlIfreq(tun, unix.TUNSETIFF, request)
}
