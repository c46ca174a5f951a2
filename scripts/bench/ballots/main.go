// Command ballots measures the verification of elections and prints the table of
// docs/performance.md. Everything is of one run, beside the cost of one a·A+b·B
// and beside belenios-tool on the same archive, so that the ratios mean something
// on a machine that is not idle. ODAQ_BENCH_BALLOTS says how many ballots on
// Ed25519, 2,000 if nothing is said.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/curve/scalar"

	"odaq/belenios"
	"odaq/belenios/archive"
	"odaq/belenios/ballot"
	"odaq/belenios/election"
	"odaq/belenios/group"
	"odaq/belenios/proof"
	"odaq/belenios/shuffle"
	"odaq/belenios/tally"
	"odaq/belenios/trustee"
)

func main() {
	dir, err := os.MkdirTemp("", "odaq-ballots-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = run(dir)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// floor is the group operations of a ballot whose verification nothing spares: a
// commitment is one a·A+b·B.
const floor = 33

func run(dir string) error {
	n := 2000
	if s := os.Getenv("ODAQ_BENCH_BALLOTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			return err
		}
	}
	load, _ := os.ReadFile("/proc/loadavg") // elsewhere the heading has no load
	fmt.Printf("\n%s %s, %d cores, load before %.14s; a ballot has a question of 5 answers and one of 2: %d commitments\n\n| what | figure |\n|---|---|\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load, floor)
	if err := onEdwards(dir, n); err != nil {
		return err
	}
	if err := onField(dir, group.Belenios, 40); err != nil {
		return err
	}
	if err := onField(dir, group.RFC3526, 10); err != nil {
		return err
	}
	return mix(5000)
}

func line(what, format string, args ...any) {
	fmt.Printf("| %s | %s |\n", what, fmt.Sprintf(format, args...))
}

// timed is what some work took.
type timed struct{ wall, cpu time.Duration }

func measure(work func() error) (t timed, err error) {
	before, start := cpu(syscall.RUSAGE_SELF), time.Now()
	err = work()
	return timed{time.Since(start), cpu(syscall.RUSAGE_SELF) - before}, err
}

func onEdwards(dir string, n int) error {
	e, made, err := hold(group.Ed25519, n)
	if err != nil {
		return err
	}
	line("ballot made (by one worker of all)", "%.2f ms", ms(made.wall)/float64(n)*float64(runtime.GOMAXPROCS(0)))
	path := filepath.Join(dir, "edwards.bel")
	closing, err := e.close(path)
	if err != nil {
		return err
	}
	line("tally, decryption, result", "%.1f ms", ms(closing.wall))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	line("archive", "%d bytes a ballot", info.Size()/int64(n))
	var hints bytes.Buffer
	if _, err := verify(path, belenios.Options{WriteHints: &hints}); err != nil {
		return err
	}
	line("hints", "%d bytes a ballot", hints.Len()/n)
	check := func(o func() belenios.Options) (best timed, units float64, err error) {
		for range 3 {
			unit := multiplication()
			t, err := verify(path, o())
			if err != nil {
				return t, 0, err
			}
			unit = min(unit, multiplication())
			if each := float64(t.cpu) / float64(n) / unit; units == 0 || each < units {
				best, units = t, each
			}
		}
		return best, units, nil
	}
	var alone timed
	for _, c := range []struct {
		what    string
		asked   float64
		options func() belenios.Options
	}{
		{"Ed25519, verified without hints by 1 worker", 52, func() belenios.Options { return belenios.Options{Workers: 1} }},
		{"Ed25519, without hints by 2", 52, func() belenios.Options { return belenios.Options{Workers: 2} }},
		{"Ed25519, with hints by 1", 28, func() belenios.Options { return belenios.Options{Workers: 1, Hints: bytes.NewReader(hints.Bytes())} }},
		{"Ed25519, with hints by 2", 28, func() belenios.Options { return belenios.Options{Workers: 2, Hints: bytes.NewReader(hints.Bytes())} }},
	} {
		t, units, err := check(c.options)
		if err != nil {
			return err
		}
		if alone.wall == 0 {
			alone = t
		}
		line(c.what, "%.1f × one a·A+b·B of processor time (asked %.0f; floor %d, batched 15); %.0f µs, %.0f ballots/s, %.2f × the first line", units, c.asked, floor,
			float64(t.wall.Microseconds())/float64(n), float64(n)/t.wall.Seconds(), alone.wall.Seconds()/t.wall.Seconds())
	}
	line("one a·A+b·B (curve25519-voi)", "%.1f µs", multiplication()/1000)
	line("resident memory at its most", "%d MB with %d ballots", peak(), n)
	return nil
}

// onField compares with belenios-tool on the same archive, by processor time.
func onField(dir, name string, n int) error {
	e, _, err := hold(name, n)
	if err != nil {
		return err
	}
	if dir, err = os.MkdirTemp(dir, name); err != nil { // the tool wants a folder for each
		return err
	}
	path := filepath.Join(dir, e.election.UUID+".bel")
	if _, err := e.close(path); err != nil {
		return err
	}
	one, err := verify(path, belenios.Options{Workers: 1})
	if err != nil {
		return err
	}
	two, err := verify(path, belenios.Options{Workers: 2})
	if err != nil {
		return err
	}
	line(name+", verified by 1 worker", "%.1f ms a ballot, %.1f ms of processor time; by 2: %.2f × as fast", ms(one.wall)/float64(n), ms(one.cpu)/float64(n), one.wall.Seconds()/two.wall.Seconds())
	tool, err := exec.LookPath("belenios-tool")
	if err != nil {
		line(name+", belenios-tool", "not installed")
		return nil
	}
	before := cpu(syscall.RUSAGE_CHILDREN)
	command := exec.Command(tool, "election", "verify", "--dir", dir)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("belenios-tool: %w\n%s", err, out)
	}
	used := cpu(syscall.RUSAGE_CHILDREN) - before
	line(name+", belenios-tool", "%.1f ms of processor time a ballot, %.2f × ours", ms(used)/float64(n), float64(used)/float64(one.cpu))
	return nil
}

// mix shuffles ciphertexts.
func mix(n int) error {
	g, err := group.Named(group.Ed25519)
	if err != nil {
		return err
	}
	y := g.PowerG(trustee.NewPrivateKey(g))
	list := make([]proof.Ciphertext, n)
	for i := range list {
		r := trustee.NewPrivateKey(g)
		list[i] = proof.Ciphertext{Alpha: g.PowerG(r), Beta: g.Power(y, r)}
	}
	in := [][]proof.Ciphertext{list}
	var s shuffle.Shuffle
	made, err := measure(func() error { s = shuffle.Make(g, y, "bench", in); return nil })
	if err != nil {
		return err
	}
	checked, err := measure(func() error { return s.Verify(g, y, "bench", in) })
	if err == nil {
		line(fmt.Sprintf("shuffle of %d ciphertexts", n), "made in %.1f s, verified in %.1f s", made.wall.Seconds(), checked.wall.Seconds())
	}
	return err
}

// held is an election with the ballots of its voters.
type held struct {
	election *election.Election
	key      group.Scalar
	setup    *archive.Event
	ballots  [][]byte
}

func hold(name string, n int) (*held, timed, error) {
	g, err := group.Named(name)
	if err != nil {
		return nil, timed{}, err
	}
	h := &held{key: trustee.NewPrivateKey(g), ballots: make([][]byte, n)}
	single := trustee.NewPublicKey(g, h.key)
	h.election, err = election.New(election.Params{Name: "Bench", Group: g, PublicKey: single.Key, UUID: election.NewUUID(), Questions: []election.Question{
		{Text: "Five", Answers: []string{"a", "b", "c", "d", "e"}, Min: 1, Max: 1}, {Text: "Two", Answers: []string{"yes", "no"}, Min: 1, Max: 1}}})
	if err != nil {
		return nil, timed{}, err
	}
	people := make([]election.Identity, n)
	for i := range people {
		people[i] = election.Identity{Address: "voter@example.org", Weight: 1}
	}
	voters := election.Issue(g, h.election.UUID, people)
	h.setup = &archive.Event{Kind: archive.Setup, Election: h.election.Text(), Trustees: trustee.Trustees{{Single: &single}}.Append(nil), Credentials: election.PublicList(voters)}
	t, err := measure(func() error {
		workers := runtime.GOMAXPROCS(0)
		errs := make([]error, workers)
		var all sync.WaitGroup
		for w := range workers {
			all.Go(func() {
				for i := w; i < n && errs[w] == nil; i += workers {
					choice := [][]int{{0, 0, 0, 0, 0}, {1, 0}}
					choice[0][i%5] = 1
					h.ballots[i], _, errs[w] = ballot.Make(h.election, voters[i].Credential, choice)
				}
			})
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				return err
			}
		}
		return nil
	})
	return h, t, err
}

// close writes the archive of the finished election.
func (h *held) close(path string) (timed, error) {
	f, err := os.Create(path)
	if err != nil {
		return timed{}, err
	}
	defer f.Close()
	w := archive.NewWriter(f, time.Now().Unix())
	questions := []tally.Question{{Size: 5}, {Size: 2}}
	g, sum := h.election.Group, tally.New(h.election.Group, questions)
	write := func(e *archive.Event) {
		if err == nil {
			err = w.Append(e)
		}
	}
	write(h.setup)
	for _, text := range h.ballots {
		write(&archive.Event{Kind: archive.Ballot, Payload: text})
		b, parsed := ballot.Parse(h.election, text)
		if parsed != nil {
			return timed{}, parsed
		}
		if err := sum.Add(b.Choices, 1); err != nil {
			return timed{}, err
		}
	}
	write(&archive.Event{Kind: archive.EndBallots})
	t, failed := measure(func() error {
		encrypted := sum.Encrypted()
		write(&archive.Event{Kind: archive.EncryptedTally, Payload: encrypted.Append(nil), Counted: sum.Counted(), Weight: sum.Weight()})
		p := tally.Decrypt(g, h.election.Fingerprint(), h.key, encrypted)
		write(&archive.Event{Kind: archive.PartialDecryption, Payload: p.Append(nil), Owner: 1})
		result, err := tally.Open(g, questions, encrypted, p.Factors, sum.Weight())
		if err == nil {
			write(&archive.Event{Kind: archive.Result, Payload: result.Append(nil)})
		}
		return err
	})
	if failed != nil {
		return t, failed
	}
	return t, err
}

func verify(path string, o belenios.Options) (timed, error) {
	f, err := os.Open(path)
	if err != nil {
		return timed{}, err
	}
	defer f.Close()
	return measure(func() error {
		_, err := belenios.Verify(context.Background(), io.ReaderAt(f), o)
		return err
	})
}

// multiplication is the nanoseconds of one a·A+b·B with two bases that are not
// known before.
func multiplication() float64 {
	long := func(n uint64) *scalar.Scalar { return scalar.New().Invert(scalar.NewFromUint64(n)) }
	points := []*curve.EdwardsPoint{
		curve.NewEdwardsPoint().Mul(curve.ED25519_BASEPOINT_POINT, long(3)),
		curve.NewEdwardsPoint().Mul(curve.ED25519_BASEPOINT_POINT, long(11)),
	}
	scalars := []*scalar.Scalar{long(5), long(7)}
	best := time.Hour
	const times = 500
	for range 5 {
		start := time.Now()
		for range times {
			curve.NewEdwardsPoint().MultiscalarMulVartime(scalars, points)
		}
		best = min(best, time.Since(start))
	}
	return float64(best.Nanoseconds()) / times
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func cpu(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		panic(err) // only a wrong argument fails
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the greatest resident memory of this process in MB.
func peak() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return u.Maxrss >> 10
}
