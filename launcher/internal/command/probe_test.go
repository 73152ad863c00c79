package command

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"omnirun/launcher/internal/qemu"
)

// order is what a test tells the probe, in one line over the socket that would be QMP's. The answer is one line as well.
type order struct {
	Do      string `json:"do"`
	Number  int    `json:"number"`
	Attempt string `json:"attempt"`
	Target  target `json:"target"`
}

// sight is what the probe sees from inside of the jail.
type sight struct {
	Status      map[string]string `json:"status"` // of /proc/self/status
	PID         int               `json:"pid"`
	Session     int               `json:"session"`
	Arguments   []string          `json:"arguments"`
	Environment []string          `json:"environment"`
	Processes   []string          `json:"processes"`
	Root        []string          `json:"root"`
	Devices     []string          `json:"devices"`
	Read        map[string]string `json:"read"`  // path to error, "" for none
	Write       map[string]string `json:"write"` // path to error, "" for none
	HostName    string            `json:"hostName"`
	Descriptors map[string]string `json:"descriptors"`
	Umask       int               `json:"umask"`
	MaxFile     uint64            `json:"maxFile"`
	MaxCore     uint64            `json:"maxCore"`
}

// runProbe serves the test until it is killed or told to exit.
func runProbe() int {
	atStart := descriptors()
	listener, err := net.FileListener(os.NewFile(uintptr(qemu.QMPDescriptor), "control"))
	if err != nil {
		fmt.Println("the probe has no control socket:", err)
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

func obey(connection net.Conn, atStart map[string]string) {
	defer connection.Close()
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		var given order
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			fmt.Println("the probe does not understand:", err)
			return
		}
		encoded, err := json.Marshal(perform(given, atStart))
		if err != nil {
			fmt.Println("the probe cannot answer:", err)
			return
		}
		fmt.Fprintf(connection, "%s\n", encoded)
	}
}

func perform(given order, atStart map[string]string) any {
	switch given.Do {
	case "look":
		return look(atStart)
	case "exit":
		os.Exit(given.Number)
	case "take memory":
		return takeMemory(given.Number)
	case "make threads":
		return makeThreads(given.Number)
	case "attempt":
		return try(given.Attempt, given.Target)
	case "fill the root":
		return fill("/filling")
	case "make files in the root":
		return makeFiles()
	case "use Firecracker's files":
		return useFiles()
	case "use the processor":
		return useProcessor(time.Duration(given.Number) * time.Millisecond)
	case "change the golden RAM":
		return changeGolden()
	case "change the own disk":
		_, err := os.NewFile(uintptr(qemu.DiskDescriptor), "disk").WriteAt([]byte("changed"), 0)
		return text(err)
	case "change the base image":
		_, err := os.NewFile(uintptr(qemu.BaseDescriptor), "base").WriteAt([]byte("changed"), 0)
		return text(err)
	case "call the server":
		connection, err := net.Dial("unix", "/out/test.sock")
		if err == nil {
			_, err = connection.Write([]byte("state"))
			connection.Close()
		}
		return text(err)
	}
	return "unknown order"
}

func look(atStart map[string]string) sight {
	session, _ := unix.Getsid(0)
	hostName, _ := os.Hostname()
	seen := sight{
		Status: status(), PID: os.Getpid(), Session: session, Arguments: os.Args, Environment: os.Environ(),
		Root: names("/"), Devices: names("/dev"), Read: map[string]string{}, Write: map[string]string{},
		HostName: hostName, Descriptors: atStart, Umask: unix.Umask(0),
	}
	for _, name := range names("/proc") {
		if strings.Trim(name, "0123456789") == "" {
			seen.Processes = append(seen.Processes, name)
		}
	}
	for _, path := range []string{"/etc/passwd", "/root", "/home", "/tmp", "/sys", "/run", "/var", "/proc/meminfo", "/proc/sys", "/proc/kcore"} {
		_, err := os.Stat(path)
		seen.Read[path] = text(err)
	}
	for _, path := range []string{"/x", "/usr/x", "/usr/bin/x", "/dev/x", "/proc/x", "/proc/self/comm", "/out/x"} {
		seen.Write[path] = text(os.WriteFile(path, []byte("x"), 0o600))
	}
	seen.MaxFile, seen.MaxCore = limit(unix.RLIMIT_FSIZE), limit(unix.RLIMIT_CORE)
	return seen
}

func status() map[string]string {
	content, _ := os.ReadFile("/proc/self/status")
	return fieldsOf(string(content))
}

func fieldsOf(status string) map[string]string {
	fields := make(map[string]string)
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.Join(strings.Fields(value), " ")
	}
	return fields
}

func names(directory string) []string {
	entries, _ := os.ReadDir(directory)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

// descriptors must be taken before the runtime opens its own.
func descriptors() map[string]string {
	open := make(map[string]string)
	for number := range 64 {
		if target, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", number)); err == nil {
			open[fmt.Sprint(number)] = target
		}
	}
	return open
}

func limit(resource int) uint64 {
	var current unix.Rlimit
	if err := unix.Getrlimit(resource, &current); err != nil {
		return 1
	}
	return current.Max
}

// fill writes a file for as long as there is room, and returns how much there was.
func fill(path string) int {
	file, err := os.Create(path)
	if err != nil {
		return -1
	}
	defer file.Close()
	for total := 0; ; {
		written, err := file.Write(make([]byte, 4096))
		total += written
		if err != nil {
			return total
		}
	}
}

// makeFiles makes empty files for as long as it may, and returns how many there were.
func makeFiles() int {
	for made := 0; ; made++ {
		file, err := os.Create(fmt.Sprintf("/made-%d", made))
		if err != nil {
			return made
		}
		file.Close()
	}
}

// takeMemory touches so many MiB, which the kernel may not survive the probe doing.
func takeMemory(mebibytes int) string {
	taken := make([]byte, mebibytes<<20)
	for i := 0; i < len(taken); i += 4096 {
		taken[i] = 1
	}
	runtime.KeepAlive(taken)
	return "took it"
}

// makeThreads starts so many, which stay. One too many ends the probe: Go's runtime cannot do without.
func makeThreads(count int) string {
	begun := make(chan bool)
	for range count {
		go func() {
			runtime.LockOSThread()
			begun <- true
			_ = unix.Pause() // returns with a signal that nobody sends
		}()
		<-begun
	}
	return "made them all"
}

func useProcessor(wanted time.Duration) string {
	for {
		var used unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
			return err.Error()
		}
		if time.Duration(used.Utime.Nano()) >= wanted {
			return "used it"
		}
	}
}

// changeGolden tries every way and names those that did not fail with EPERM.
func changeGolden() []string {
	var succeeded []string
	check := func(way string, err error) {
		if err != unix.EPERM {
			succeeded = append(succeeded, fmt.Sprintf("%s: %v", way, err))
		}
	}
	again, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", qemu.RAMDescriptor), unix.O_RDWR, 0)
	if err != nil {
		return []string{"QEMU could not open its RAM: " + err.Error()}
	}
	for _, descriptor := range []int{int(qemu.RAMDescriptor), again} {
		_, err := unix.Pwrite(descriptor, []byte("x"), 0)
		check("write", err)
		_, err = unix.Mmap(descriptor, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
		check("map", err)
		check("truncate", unix.Ftruncate(descriptor, 0))
	}
	return succeeded
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
