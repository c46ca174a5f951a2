package ref_test

import (
	"testing"

	"odaq/internal/kernel/id"
	"odaq/internal/kernel/ref"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "org:", ":0000000000001", "org:0000000000001", "org:org:0000000000001", "person:zzzzzzzzzzzzz"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ref.Parse(s)
		if err != nil {
			return
		}
		again, err := ref.Parse(r.String())
		if err != nil || again != r {
			t.Errorf("%q → %+v → %+v, %v", s, r, again, err)
		}
	})
}

func TestText(t *testing.T) {
	r := ref.To("org", id.ID(42))
	b, err := r.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back ref.Ref
	if err := back.UnmarshalText(b); err != nil || back != r {
		t.Errorf("%s → %+v, %v", b, back, err)
	}
	if err := back.UnmarshalText(nil); err != nil || back != (ref.Ref{}) || back.String() != "" {
		t.Errorf("empty → %+v, %v", back, err)
	}
}
