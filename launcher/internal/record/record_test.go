package record

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var sample = Record{Machine: "m-0123456789abcdefghij", PID: 4711, StartTime: 99, UIDSlot: 3, Golden: "0123456789abcdef"}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasWrittenIsFoundAgainUntilItIsRemoved(t *testing.T) {
	store, err := Open(t.TempDir())
	must(t, err)
	must(t, store.Write(sample))
	records, err := store.All()
	must(t, err)
	if !slices.Equal(records, []Record{sample}) {
		t.Fatalf("got %+v", records)
	}
	must(t, store.Remove(sample.Machine))
	must(t, store.Remove(sample.Machine))
	if records, err = store.All(); err != nil || len(records) != 0 {
		t.Fatalf("got %+v, %v", records, err)
	}
}

func TestWhatIsNoRecordIsReportedAndRemovedAndHidesNoOther(t *testing.T) {
	run := t.TempDir()
	store, err := Open(run)
	must(t, err)
	must(t, store.Write(sample))
	for name, content := range map[string]string{
		"m-0123456789abcdefghij.json.new": `{"machine":`,
		"m-aaaaaaaaaaaaaaaaaaaa.json":     ``,
		"m-bbbbbbbbbbbbbbbbbbbb.json":     `{"machine":"m-0123456789abcdefghij","pid":4711,"startTime":99,"uidSlot":3,"golden":""}`,
		"m-cccccccccccccccccccc.json":     `{"machine":"m-cccccccccccccccccccc","pid":1,"startTime":99,"uidSlot":3,"golden":""}`,
		"unrelated":                       ``,
	} {
		must(t, os.WriteFile(filepath.Join(run, "machines", name), []byte(content), 0o600))
	}
	records, err := store.All()
	if err == nil || !slices.Equal(records, []Record{sample}) {
		t.Fatalf("got %+v, %v", records, err)
	}
	if records, err = store.All(); err != nil || !slices.Equal(records, []Record{sample}) {
		t.Fatalf("the second time: %+v, %v", records, err)
	}
}
