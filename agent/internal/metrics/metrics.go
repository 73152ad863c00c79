// Package metrics measures what the guest uses, from /proc and the root file system.
package metrics

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// maxFileBytes bounds what is read of a file of /proc: enough for thousands of CPUs.
const maxFileBytes = 1 << 20

// Sample is one measurement.
type Sample struct {
	Time     time.Time
	CPUCount int
	// CPUUsedPercent is over all CPUs since the sampler's previous sample, 0 to 100; 0 in its first one.
	CPUUsedPercent float64
	// MemoryUsed is what programs could not have for the asking; caches are not used memory.
	MemoryUsed, MemoryTotal, MemoryCache uint64
	DiskUsed, DiskTotal                  uint64
}

// Sampler takes samples; each compares with its own previous one. It is safe for concurrent use.
type Sampler struct {
	proc string
	disk string

	mu       sync.Mutex
	previous cpuTime
}

// NewSampler measures this system.
func NewSampler() *Sampler { return &Sampler{proc: "/proc", disk: "/"} }

// cpuTime is counted in the kernel's ticks.
type cpuTime struct{ busy, total uint64 }

// Sample measures now. The error says which source could not be read.
func (s *Sampler) Sample() (Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sample := Sample{Time: time.Now()}
	return sample, errors.Join(s.measureCPU(&sample), s.measureMemory(&sample), s.measureDisk(&sample))
}

func (s *Sampler) measureCPU(sample *Sample) error {
	var now cpuTime
	err := s.eachLine("stat", func(fields []string) error {
		switch {
		case fields[0] == "cpu":
			var err error
			now, err = parseCPU(fields[1:])
			return err
		case strings.HasPrefix(fields[0], "cpu"):
			sample.CPUCount++
		}
		return nil
	})
	if err != nil {
		return err
	}
	previous := s.previous
	s.previous = now
	if previous.total != 0 && now.total > previous.total && now.busy >= previous.busy {
		sample.CPUUsedPercent = min(100, 100*float64(now.busy-previous.busy)/float64(now.total-previous.total))
	}
	return nil
}

// parseCPU adds up the columns of /proc/stat (proc_stat(5)): user nice system idle iowait irq softirq steal; guest
// time is contained in user time.
func parseCPU(columns []string) (cpuTime, error) {
	const idleColumn, ioWaitColumn, columnsUsed = 3, 4, 8
	var time cpuTime
	for index, column := range columns[:min(len(columns), columnsUsed)] {
		ticks, err := strconv.ParseUint(column, 10, 64)
		if err != nil {
			return time, fmt.Errorf("cpu time: %w", err)
		}
		time.total += ticks
		if index != idleColumn && index != ioWaitColumn {
			time.busy += ticks
		}
	}
	return time, nil
}

func (s *Sampler) measureMemory(sample *Sample) error {
	bytes := map[string]uint64{}
	err := s.eachLine("meminfo", func(fields []string) error {
		if len(fields) < 2 {
			return nil
		}
		kibibytes, err := strconv.ParseUint(fields[1], 10, 64)
		bytes[fields[0]] = kibibytes << 10
		return err
	})
	sample.MemoryTotal = bytes["MemTotal:"]
	sample.MemoryUsed = sample.MemoryTotal - min(sample.MemoryTotal, bytes["MemAvailable:"])
	sample.MemoryCache = bytes["Cached:"]
	return err
}

func (s *Sampler) measureDisk(sample *Sample) error {
	var system unix.Statfs_t
	if err := unix.Statfs(s.disk, &system); err != nil {
		return fmt.Errorf("measure the disk: %w", err)
	}
	block := uint64(system.Bsize)
	sample.DiskTotal = system.Blocks * block
	sample.DiskUsed = (system.Blocks - system.Bfree) * block
	return nil
}

func (s *Sampler) eachLine(name string, take func(fields []string) error) error {
	file, err := os.Open(filepath.Join(s.proc, name))
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, maxFileBytes))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		if err := take(fields); err != nil {
			return fmt.Errorf("measure by %s: %w", name, err)
		}
	}
	return lines.Err()
}
