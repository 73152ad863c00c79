package spec

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"omnirun/launcher/internal/wire"
)

const (
	goodMachine = `"m-0123456789abcdefghij"`
	goodHash    = `"0123456789abcdef"`
	goodLimits  = `{"memoryMib":512,"cpuPercent":100,"pids":64,"fileBytes":4294967296}`
)

func bootDocument(changes map[string]string) json.RawMessage {
	fields := map[string]string{
		"machine": goodMachine, "accelerator": `"tcg"`, "vcpus": "1", "memoryMib": "512", "kernel": goodHash,
		"image": goodHash, "commandLine": `"console=ttyS0 quiet"`, "limits": goodLimits,
	}
	for field, value := range changes {
		fields[field] = value
	}
	var members []string
	for field, value := range fields {
		if value != "" {
			members = append(members, `"`+field+`":`+value)
		}
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

func TestABootWithinItsBoundsIsAccepted(t *testing.T) {
	boot, err := ParseBoot(bootDocument(nil))
	if err != nil {
		t.Fatal(err)
	}
	if boot.Size.MemoryBytes() != 512<<20 || boot.Limits.Pids != 64 || boot.CommandLine != "console=ttyS0 quiet" {
		t.Fatalf("got %+v", boot)
	}
}

func TestABootOutsideOfItsBoundsIsRefused(t *testing.T) {
	for name, changes := range map[string]map[string]string{
		"path in the machine":     {"machine": `"m-../../../../etc/pass"`},
		"newline after the name":  {"machine": `"m-0123456789abcdefghij\n"`},
		"upper case machine":      {"machine": `"m-0123456789ABCDEFGHIJ"`},
		"missing machine":         {"machine": ""},
		"path in the hash":        {"kernel": `"../../0123456789abcdef"`},
		"short hash":              {"image": `"0123456789abcde"`},
		"other accelerator":       {"accelerator": `"xen"`},
		"no vcpus":                {"vcpus": "0"},
		"too many vcpus":          {"vcpus": "33"},
		"too little memory":       {"memoryMib": "63"},
		"memory beyond an int":    {"memoryMib": "9223372036854775808"},
		"comma in command line":   {"commandLine": `"a,b"`},
		"control in command line": {"commandLine": `"a\u0007b"`},
		"long command line":       {"commandLine": `"` + strings.Repeat("a", 1025) + `"`},
		"non-ASCII command line":  {"commandLine": `"é"`},
		"missing limits":          {"limits": ""},
		"too few pids":            {"limits": strings.Replace(goodLimits, "64", "15", 1)},
		"unlimited files":         {"limits": strings.Replace(goodLimits, "4294967296", "-1", 1)},
		"unknown limit":           {"limits": strings.Replace(goodLimits, "pids", "threads", 1)},
		"unknown field":           {"uid": "0"},
	} {
		_, err := ParseBoot(bootDocument(changes))
		var failure *wire.Failure
		if !errors.As(err, &failure) || failure.Code != wire.InvalidSpec {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnInstanceNamesNoPath(t *testing.T) {
	for _, name := range []string{"", "..", "a/b", "A", strings.Repeat("a", 17)} {
		if _, err := ParseInstance(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
