package metrics

import (
	"os"
	"path/filepath"
	"testing"
)

func TestCPUIsThePartOfTheTimeSinceThePreviousSample(t *testing.T) {
	directory := t.TempDir()
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("meminfo", "MemTotal:       1000 kB\nMemFree: 1 kB\nMemAvailable:    600 kB\nCached:   300 kB\nHugePages_Total: 0\n")
	write("stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 1\ncpu1 1 1\nintr 1\n")
	sampler := &Sampler{proc: directory, disk: directory}
	first, err := sampler.Sample()
	if err != nil || first.CPUUsedPercent != 0 || first.CPUCount != 2 {
		t.Fatalf("%+v (%v)", first, err)
	}
	if first.MemoryTotal != 1000<<10 || first.MemoryUsed != 400<<10 || first.MemoryCache != 300<<10 {
		t.Errorf("memory: %+v", first)
	}
	write("stat", "cpu  130 0 120 840 110 0 0 0 0 0\ncpu0 1 1\ncpu1 1 1\n")
	if second, err := sampler.Sample(); err != nil || second.CPUUsedPercent != 25 {
		t.Errorf("%+v (%v)", second, err)
	}
}

func TestThisSystemCanBeMeasured(t *testing.T) {
	sample, err := NewSampler().Sample()
	if err != nil || sample.CPUCount == 0 || sample.MemoryUsed == 0 || sample.MemoryTotal < sample.MemoryUsed ||
		sample.DiskTotal < sample.DiskUsed {
		t.Errorf("%+v (%v)", sample, err)
	}
}
