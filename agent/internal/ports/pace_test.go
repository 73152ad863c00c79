package ports

import (
	"testing"
	"time"
)

func TestSomeGoAtOnceAndThenOneAfterTheOther(t *testing.T) {
	var pace pace
	now := time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
	for i := range paceBurst {
		if wait := pace.next(now); wait != 0 {
			t.Fatalf("number %d waits for %v", i, wait)
		}
	}
	for i := 1; i <= 100; i++ {
		if wait := pace.next(now); wait != paceInterval {
			t.Fatalf("number %d after that waits for %v", i, wait)
		}
		now = now.Add(paceInterval)
	}
	now = now.Add(time.Hour)
	for i := range paceBurst {
		if wait := pace.next(now); wait != 0 {
			t.Fatalf("after an hour number %d waits for %v", i, wait)
		}
	}
	if pace.next(now) == 0 {
		t.Fatal("after an hour too many go at once")
	}
}
