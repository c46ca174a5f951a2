package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"odaq/internal/kernel/fault"
)

func TestKinds(t *testing.T) {
	for kind, want := range map[fault.Kind]struct {
		name   string
		status int
	}{
		fault.Internal: {"internal", 500}, fault.Invalid: {"invalid", 422}, fault.Denied: {"denied", 403}, fault.NotFound: {"not-found", 404},
		fault.Conflict: {"conflict", 409}, fault.Unready: {"unready", 409}, fault.Limited: {"limited", 429}, fault.Unavailable: {"unavailable", 503},
		fault.TooBig: {"too-big", 413},
	} {
		if kind.String() != want.name || kind.Status() != want.status || kind.Exit() < 64 || kind.Exit() > 78 {
			t.Errorf("%s: status %d, exit %d", kind, kind.Status(), kind.Exit())
		}
	}
}

func TestOf(t *testing.T) {
	inner := fault.New(fault.Limited, "key", "Max", 3)
	if got := fault.Of(fmt.Errorf("around: %w", inner)); got != inner {
		t.Errorf("a wrapped fault is %v", got)
	}
	plain := errors.New("plain")
	if got := fault.Of(plain); got.Kind != fault.Internal || !errors.Is(got, plain) {
		t.Errorf("an unknown error is %v", got)
	}
	if fault.Of(nil) != nil || fault.Is(nil, fault.Internal) {
		t.Error("no error is a fault")
	}
	if err := fault.Check().OrNil(); err != nil {
		t.Errorf("a check that found nothing is %v", err)
	}
	if err := fault.Check().In("name", "fault.required").OrNil(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a check that found something is %v", err)
	}
}
