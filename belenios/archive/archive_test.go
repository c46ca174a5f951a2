package archive

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// vectors are the archives of the test vectors, by folder.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	dir := os.Getenv("ODAQ_ELECTION_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "testdata")
	}
	files, err := filepath.Glob(filepath.Join(dir, "v*", "*.bel"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives in %s: %v", dir, err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(filepath.Dir(f))] = b
	}
	return all
}

// small is the smallest archive there is, with every kind of event.
func small(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, 1795298962)
	for _, e := range []Event{
		{Kind: Setup, Election: []byte("{}"), Trustees: []byte("[]"), Credentials: []byte(`["a"]`)},
		{Kind: Ballot, Payload: []byte(`{"ballot":1}`)},
		{Kind: Ballot, Payload: []byte(`{"ballot":2}`)},
		{Kind: EndBallots},
		{Kind: EncryptedTally, Payload: []byte("[[]]"), Counted: 2, Weight: 1 << 30},
		{Kind: Shuffle, Payload: []byte("{}"), Owner: 1},
		{Kind: Shuffle, Payload: []byte("{ }"), Owner: 2},
		{Kind: EndShuffles},
		{Kind: PartialDecryption, Payload: []byte("{}"), Owner: 1},
		{Kind: PartialDecryption, Payload: []byte("{ }"), Owner: 2},
		{Kind: Result, Payload: []byte(`{"result":[]}`)},
	} {
		if err := w.Append(&e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func readAll(r *Reader) ([]*Event, error) {
	var all []*Event
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
}

func TestVectorsAreRewrittenToTheByte(t *testing.T) {
	for name, want := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			r := NewReader(iotest.HalfReader(bytes.NewReader(want)))
			events, err := readAll(r)
			if err != nil {
				t.Fatal(err)
			}
			if last := r.Head(); last.Kind != Result || last.Height != len(events)-1 || r.Offset() != int64(len(want)) {
				t.Errorf("the reader ends at %+v, byte %d of %d", last, r.Offset(), len(want))
			}
			var got bytes.Buffer
			w := NewWriter(&got, r.Head().Time)
			for i, e := range events {
				if e.Height != i || e.Offset != int64(got.Len()) && i > 0 {
					t.Errorf("event %d has height %d and offset %d, not %d", i, e.Height, e.Offset, got.Len())
				}
				if i%2 == 1 { // going on with an archive is the same as writing on
					w = AppendWriter(&got, w.Head())
				}
				if err := w.Append(e); err != nil {
					t.Fatal(err)
				}
				if w.Head().Hash != e.Hash {
					t.Fatalf("event %d has another hash when it is written", i)
				}
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Error("the archive is not the same when it is written anew")
			}
		})
	}
}

func TestEveryPrefixOfEventsIsAnArchive(t *testing.T) {
	all := vectors(t)
	all["small"] = small(t)
	for name, b := range all {
		events, err := readAll(NewReader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(name, err)
		}
		for i := 1; i < len(events); i++ {
			got, err := readAll(NewReader(bytes.NewReader(b[:events[i].Offset])))
			if err != nil || len(got) != i || got[i-1].Hash != events[i-1].Hash {
				t.Errorf("%s: the first %d events: %d, %v", name, i, len(got), err)
			}
		}
	}
}

// steps are all places at both ends of an archive, and every fifth between.
func steps(b []byte) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range b {
			if (i < 8*block || i > len(b)-8*block || i%5 == 0) && !yield(i) {
				return
			}
		}
	}
}

func TestTruncationAnywhereElseIsRefused(t *testing.T) {
	b := small(t)
	events, err := readAll(NewReader(bytes.NewReader(b)))
	if err != nil {
		t.Fatal(err)
	}
	whole := map[int64]bool{int64(len(b)): true}
	for _, e := range events[1:] {
		whole[e.Offset] = true
	}
	for n := range steps(b) {
		_, err := readAll(NewReader(bytes.NewReader(b[:n])))
		switch {
		case n == 0:
			if !errors.Is(err, ErrNotArchive) {
				t.Errorf("an empty file: %v", err)
			}
		case whole[int64(n)]:
			if err != nil {
				t.Errorf("%d bytes: %v", n, err)
			}
		case !errors.Is(err, ErrTruncated):
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

func TestEveryByteCounts(t *testing.T) {
	b := small(t)
	for i := range steps(b) {
		b[i] ^= 1 << (i % 8)
		if _, err := readAll(NewReader(bytes.NewReader(b))); err == nil {
			t.Fatalf("bit %d of byte %d may be changed", i%8, i)
		}
		b[i] ^= 1 << (i % 8)
	}
}

func TestVectorsWithAnotherByteAreRefused(t *testing.T) {
	all := vectors(t)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"v01-ff-single", "v05-ff-nh-mj-stv", "v06-ed-single", "v10-ed-nh-mj-stv"}).Draw(t, "vector")
		b := bytes.Clone(all[name])
		b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "difference")
		if _, err := readAll(NewReader(bytes.NewReader(b))); err == nil {
			t.Error("it is accepted")
		}
	})
}

// build writes members as they are given, "name" or "" for the hash of the text
// with the ending; an event's text may use {last} for the hash before it.
func build(parts ...[2]string) []byte {
	b := appendMember(nil, stampName, stampText(7), 7)
	last := ""
	for _, p := range parts {
		text := strings.ReplaceAll(p[1], "{last}", last)
		sum := Sum([]byte(text)).String()
		name := sum + p[0]
		if !strings.HasPrefix(p[0], ".") {
			name = p[0]
		}
		b = appendMember(b, name, []byte(text), 7)
		if p[0] == eventEnd {
			last = sum
		}
	}
	return b
}

func TestReasonsOfRefusal(t *testing.T) {
	h := func(s string) string { return Sum([]byte(s)).String() }
	record := `{"election":"` + h("E") + `","trustees":"` + h("T") + `","credentials":"` + h("C") + `"}`
	const data, event = dataEnd, eventEnd
	setup := [][2]string{{data, "E"}, {data, "T"}, {data, "C"}, {data, record}, {event, `{"height":0,"type":"Setup","payload":"` + h(record) + `"}`}}
	after := func(parts ...[2]string) [][2]string { return append(setup[:len(setup):len(setup)], parts...) }
	ballot := [2]string{event, `{"parent":"{last}","height":1,"type":"Ballot","payload":"` + h("B") + `"}`}
	end := [2]string{event, `{"parent":"{last}","height":1,"type":"EndBallots"}`}
	sized := func(text string) [][2]string {
		text = strings.ReplaceAll(text, "{A}", h("A"))
		return after(end, [2]string{data, "A"}, [2]string{data, text}, [2]string{event, `{"parent":"{last}","height":2,"type":"EncryptedTally","payload":"` + h(text) + `"}`})
	}
	good := sized(`{"num_tallied":3,"total_weight":1073741823,"encrypted_tally":"{A}"}`)
	owned := func(text string) [][2]string {
		text = strings.ReplaceAll(text, "{D}", h("D"))
		return append(good[:len(good):len(good)], [2]string{data, "D"}, [2]string{data, text}, [2]string{event, `{"parent":"{last}","height":3,"type":"PartialDecryption","payload":"` + h(text) + `"}`})
	}
	for name, c := range map[string]struct {
		parts [][2]string
		want  error
	}{
		"control: set-up":               {setup, nil},
		"control: ballot":               {after([2]string{data, "B"}, ballot), nil},
		"control: end":                  {after(end), nil},
		"control: tally":                {good, nil},
		"control: heavy tally":          {sized(`{"num_tallied":3,"total_weight":"1073741824","encrypted_tally":"{A}"}`), nil},
		"control: decryption":           {owned(`{"owner":1,"payload":"{D}"}`), nil},
		"no set-up":                     {[][2]string{{data, "B"}, {event, `{"height":0,"type":"Ballot","payload":"` + h("B") + `"}`}}, ErrGrammar},
		"only the stamp":                {nil, ErrTruncated},
		"data without an event":         {after([2]string{data, "B"}), ErrTruncated},
		"payload missing":               {after(ballot), ErrOrder},
		"a member too many":             {after([2]string{data, "A"}, [2]string{data, "B"}, ballot), ErrOrder},
		"many members":                  {after([2]string{data, "A"}, [2]string{data, "A"}, [2]string{data, "A"}, [2]string{data, "A"}, [2]string{data, "B"}, ballot), ErrOrder},
		"set-up out of order":           {[][2]string{setup[1], setup[0], setup[2], setup[3], setup[4]}, ErrOrder},
		"set-up names others":           {[][2]string{{data, "X"}, setup[1], setup[2], setup[3], setup[4]}, ErrPayload},
		"another name":                  {after([2]string{"ballot.data.json", "B"}, ballot), ErrName},
		"a stamp later":                 {after([2]string{stampName, string(stampText(7))}), ErrName},
		"another hash":                  {after([2]string{h("X") + dataEnd, "B"}, ballot), ErrHash},
		"another hash of an event":      {after([2]string{h("X") + eventEnd, `{"parent":"{last}","height":1,"type":"EndBallots"}`}), ErrHash},
		"two set-ups":                   {after(setup...), ErrGrammar},
		"a tally without the end":       {after([2]string{data, "A"}, [2]string{data, "S"}, [2]string{event, `{"parent":"{last}","height":1,"type":"EncryptedTally","payload":"` + h("S") + `"}`}), ErrGrammar},
		"a ballot after the end":        {after(end, [2]string{data, "B"}, [2]string{event, `{"parent":"{last}","height":2,"type":"Ballot","payload":"` + h("B") + `"}`}), ErrGrammar},
		"two ends":                      {after(end, [2]string{event, `{"parent":"{last}","height":2,"type":"EndBallots"}`}), ErrGrammar},
		"an unknown type":               {after([2]string{event, `{"parent":"{last}","height":1,"type":"Amnesty"}`}), ErrText},
		"another parent":                {after([2]string{event, `{"parent":"` + h("X") + `","height":1,"type":"EndBallots"}`}), ErrParent},
		"no parent":                     {after([2]string{event, `{"height":1,"type":"EndBallots"}`}), ErrParent},
		"another height":                {after([2]string{event, `{"parent":"{last}","height":2,"type":"EndBallots"}`}), ErrHeight},
		"another payload":               {after([2]string{data, "X"}, ballot), ErrPayload},
		"a payload of the end":          {after([2]string{event, `{"parent":"{last}","height":1,"type":"EndBallots","payload":"` + h("X") + `"}`}), ErrPayload},
		"fields out of order":           {after([2]string{event, `{"height":1,"parent":"{last}","type":"EndBallots"}`}), ErrText},
		"white space":                   {after([2]string{event, `{"parent":"{last}","height":1,"type":"EndBallots"} `}), ErrText},
		"another field":                 {after([2]string{event, `{"parent":"{last}","height":1,"type":"EndBallots","x":1}`}), ErrText},
		"not JSON":                      {after([2]string{event, `EndBallots`}), ErrText},
		"weight as a string":            {sized(`{"num_tallied":3,"total_weight":"3","encrypted_tally":"{A}"}`), ErrText},
		"heavy weight as a number":      {sized(`{"num_tallied":3,"total_weight":1073741824,"encrypted_tally":"{A}"}`), ErrText},
		"half a quote":                  {sized(`{"num_tallied":3,"total_weight":"3,"encrypted_tally":"{A}"}`), ErrText},
		"leading zero":                  {sized(`{"num_tallied":03,"total_weight":3,"encrypted_tally":"{A}"}`), ErrText},
		"the size of another tally":     {sized(`{"num_tallied":3,"total_weight":3,"encrypted_tally":"` + h("X") + `"}`), ErrPayload},
		"owner 0":                       {owned(`{"owner":0,"payload":"{D}"}`), ErrText},
		"negative owner":                {owned(`{"owner":-1,"payload":"{D}"}`), ErrText},
		"owner as a string":             {owned(`{"owner":"1","payload":"{D}"}`), ErrText},
		"the owner of something else":   {owned(`{"owner":1,"payload":"` + h("X") + `"}`), ErrPayload},
		"a result without a decryption": {append(good[:len(good):len(good)], [2]string{data, "R"}, [2]string{event, `{"parent":"{last}","height":3,"type":"Result","payload":"` + h("R") + `"}`}), ErrGrammar},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readAll(NewReader(bytes.NewReader(build(c.parts...))))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			var where *Error
			if c.want != nil && (!errors.As(err, &where) || where.Offset%block != 0) {
				t.Errorf("%v does not say where", err)
			}
		})
	}
}

func TestBytesOutsideMembers(t *testing.T) {
	good := small(t)
	reread := func(b []byte) error { _, err := readAll(NewReader(bytes.NewReader(b))); return err }
	change := func(at int, to byte) []byte { b := bytes.Clone(good); b[at] = to; return b }
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"control":                      {good, nil},
		"the end of tar":               {append(bytes.Clone(good), make([]byte, 2*block)...), ErrTail},
		"a few zeros":                  {append(bytes.Clone(good), 0, 0, 0), ErrTail},
		"a line feed":                  {append(bytes.Clone(good), '\n'), ErrTail},
		"noise":                        {append(bytes.Clone(good), bytes.Repeat([]byte("x"), block)...), ErrTail},
		"the archive again":            {append(bytes.Clone(good), good...), ErrName},
		"other padding":                {change(2*block-1, 1), ErrPadding},
		"tar's magic":                  {change(257, 'u'), ErrHeader},
		"another mode":                 {change(106, '0'), ErrHeader},
		"another checksum":             {change(149, '7'), ErrHeader},
		"a space for a NUL":            {change(135, ' '), ErrHeader},
		"another time of one member":   {change(2*block+146, good[2*block+146]^1), ErrHeader},
		"an ordinary tar":              {change(0, 'b'), ErrNotArchive},
		"a picture":                    {bytes.Repeat([]byte("\x89PNG\r\n"), 400), ErrNotArchive},
		"a few letters":                {[]byte("hello"), ErrNotArchive},
		"the stamp of another version": {appendMember(nil, stampName, []byte(`{"version":2,"timestamp":"7"}`), 7), ErrText},
		"the stamp of another time":    {appendMember(nil, stampName, stampText(8), 7), ErrText},
	} {
		t.Run(name, func(t *testing.T) {
			if err := reread(c.b); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// zeros never end; they count how many were read.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	clear(p)
	z.n += int64(len(p))
	return len(p), nil
}

func TestEnormousSizes(t *testing.T) {
	start := small(t)[:2*block]
	for _, size := range []int64{maxOctal, 1 << 32, 1 << 30, 17 << 20} {
		h := header(strings.Repeat("0", 64)+dataEnd, size, 1795298962)
		b := append(bytes.Clone(start), h[:]...)

		var z zeros
		_, err := NewReader(io.MultiReader(bytes.NewReader(b), &z)).Next()
		if !errors.Is(err, ErrSize) || z.n > 1<<20 {
			t.Errorf("%d bytes of an election: %v after %d bytes", size, err, z.n)
		}
		// With the highest limit the promise alone must not take memory.
		limits := Limits{Election: maxOctal}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := NewLimitedReader(bytes.NewReader(b), limits).Next(); !errors.Is(err, ErrTruncated) {
			t.Error(err)
		}
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if allocated > 1<<20 {
			t.Errorf("a header that promises %d bytes makes the reader allocate %d", size, allocated)
		}
	}
}

func TestErrorsStay(t *testing.T) {
	b := small(t)
	r := NewReader(iotest.TimeoutReader(bytes.NewReader(b)))
	var first error
	for first == nil {
		_, first = r.Next()
	}
	if !errors.Is(first, iotest.ErrTimeout) || !errors.Is(first, ErrRead) || errors.Is(first, ErrTruncated) || errors.Is(first, ErrNotArchive) {
		t.Errorf("an error of the disk is reported as %v", first)
	}
	if _, again := r.Next(); again != first {
		t.Errorf("after %v: %v", first, again)
	}
}

func TestWriterRefuses(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, 7)
	refuse := func(e Event) {
		t.Helper()
		before, n := w.Head(), b.Len()
		if err := w.Append(&e); !errors.Is(err, ErrEvent) {
			t.Errorf("%+v: %v", e, err)
		}
		if b.Len() != n || w.Head() != before {
			t.Errorf("%+v is written all the same", e)
		}
	}
	accept := func(e Event) {
		t.Helper()
		if err := w.Append(&e); err != nil {
			t.Error(err)
		}
	}
	x := []byte("x")
	refuse(Event{Kind: Ballot, Payload: x})
	refuse(Event{Kind: Setup, Election: x, Trustees: x})
	accept(Event{Kind: Setup, Election: x, Trustees: x, Credentials: x})
	refuse(Event{Kind: Setup, Election: x, Trustees: x, Credentials: x})
	refuse(Event{Kind: Ballot})
	refuse(Event{Kind: "Amnesty"})
	refuse(Event{Kind: EndBallots, Payload: x})
	accept(Event{Kind: EndBallots})
	refuse(Event{Kind: Ballot, Payload: x})
	refuse(Event{Kind: EncryptedTally, Payload: x, Weight: -1})
	refuse(Event{Kind: EncryptedTally, Payload: x, Counted: -1, Weight: 1})
	accept(Event{Kind: EncryptedTally, Payload: x, Weight: 0})
	refuse(Event{Kind: PartialDecryption, Payload: x})
	refuse(Event{Kind: Result, Payload: x})
	accept(Event{Kind: PartialDecryption, Payload: x, Owner: 3})
	accept(Event{Kind: Result, Payload: x})
	refuse(Event{Kind: Result, Payload: x})
	if _, err := readAll(NewReader(&b)); err != nil {
		t.Errorf("what was written is not read: %v", err)
	}
	w = NewWriter(&b, maxOctal+1)
	refuse(Event{Kind: Setup, Election: x, Trustees: x, Credentials: x})
}

func TestTrackers(t *testing.T) {
	h := Sum([]byte("ballot"))
	if got, ok := ParseTracker(h.Tracker()); !ok || got != h {
		t.Errorf("%s is read as %v, %v", h.Tracker(), got, ok)
	}
	for _, bad := range []string{"", "x", h.Tracker() + "=", h.Tracker()[:42], h.Tracker()[:42] + "/", h.String()} {
		if _, ok := ParseTracker(bad); ok {
			t.Errorf("%q is taken for a tracker", bad)
		}
	}
}

func FuzzReader(f *testing.F) {
	b := small(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(b[:block])
	f.Add(build())
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		events, err := readAll(r)
		if err != nil {
			return
		}
		var again bytes.Buffer
		w := NewWriter(&again, r.Head().Time)
		for _, e := range events {
			if e.Payload != nil && len(e.Payload) == 0 {
				return // read, but never written
			}
			if err := w.Append(e); errors.Is(err, ErrEvent) && e.Kind == Setup {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Error("an archive is accepted that is not the one of its events")
		}
	})
}
