// Command bench builds a federation of ODAQ_BENCH_N members (200,000 unless
// said otherwise) on SQLite and, where ODAQ_TEST_PG names a server, on
// PostgreSQL, and prints what docs/performance.md asks of it as a table. It
// asserts nothing: timings belong to the machine.
//
// ODAQ_BENCH_DB names an SQLite file, or is a postgres:// address, of a demo
// that is there already; the bench then uses it and builds nothing. It writes
// into it. ODAQ_BENCH_ONLY names the parts to be measured, of rollups, pages,
// lists, searches and admissions.
package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"odaq/internal/app"
	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/account"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	if ready := os.Getenv("ODAQ_BENCH_DB"); ready != "" {
		engine := "SQLite"
		if strings.HasPrefix(ready, "postgres") {
			engine = "PostgreSQL"
		} else if !strings.HasPrefix(ready, "sqlite:") {
			ready = "sqlite:" + ready
		}
		return measure(engine, ready, cmp.Or(os.Getenv("ODAQ_KEYS"), filepath.Join(filepath.Dir(strings.TrimPrefix(ready, "sqlite:")), "keys.json")))
	}
	members := 200_000
	if s := os.Getenv("ODAQ_BENCH_N"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("ODAQ_BENCH_N: %w", err)
		}
		members = n
	}
	dir, err := os.MkdirTemp(os.Getenv("ODAQ_BENCH_DIR"), "odaq-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "odaq")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/odaq").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	engines := []struct{ name, url string }{{"SQLite", "sqlite:" + filepath.Join(dir, "bench.db")}}
	if server := os.Getenv("ODAQ_TEST_PG"); server != "" {
		url, drop, err := database(server)
		if err != nil {
			return err
		}
		defer drop()
		engines = append(engines, struct{ name, url string }{"PostgreSQL", url})
	}
	for _, e := range engines {
		data := filepath.Join(dir, e.name)
		if err := build(e.name, e.url, binary, data, members); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		if err := measure(e.name, e.url, filepath.Join(data, "keys.json")); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return nil
}

// database makes a database of its own on the server.
func database(server string) (string, func(), error) {
	d, err := sql.Open("pgx", server)
	if err != nil {
		return "", nil, err
	}
	name := "odaq_bench_" + strconv.FormatInt(time.Now().UnixNano(), 36)
	if _, err := d.Exec(`CREATE DATABASE ` + name + ` TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() { d.Exec(`DROP DATABASE ` + name + ` WITH (FORCE)`); d.Close() }, nil
}

type bencher struct {
	engine    string
	app       *app.App
	handler   http.Handler
	rng       *rand.Rand
	primaries []org.Version // some, to admit people into
}

func (b *bencher) print(what, format string, args ...any) {
	fmt.Printf("| %s | %s | %s |\n", what, b.engine, fmt.Sprintf(format, args...))
}

// build makes the demo.
func build(engine, url, binary, data string, members int) error {
	start := time.Now()
	build := exec.Command(binary, "demo", "--only", "--members", strconv.Itoa(members), "--database", url, "--data", data, "--listen", "127.0.0.1:0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the demo: %w", err)
	}
	usage := build.ProcessState.SysUsage().(*syscall.Rusage)
	(&bencher{engine: engine}).print("demo built", "%.1f s, %.0f members/s, at most %d MB", time.Since(start).Seconds(), float64(members)/time.Since(start).Seconds(), usage.Maxrss>>10)
	return nil
}

// measure asks a federation that is there.
func measure(engine, url, keys string) error {
	ctx := app.System(context.Background())
	b := &bencher{engine: engine, rng: rand.New(rand.NewPCG(1, 2))}
	var err error
	b.app, err = app.Open(ctx, app.Config{Database: url, Keys: keys, Profile: "kz", Listen: "127.0.0.1:8080", Readers: 8, Workers: 2}, app.Options{Demo: true})
	if err != nil {
		return err
	}
	defer b.app.Close()
	b.handler = b.app.Handler()
	top, err := org.Top(ctx, b.app.DB.Read(), b.app.Desk.Today())
	if err != nil {
		return err
	}
	n, err := b.app.Areas.Membership.Beneath(ctx, b.app.DB.Read(), top.Org, b.app.Desk.Today())
	if err != nil {
		return err
	}
	kinds, err := org.CountKinds(ctx, b.app.DB.Read(), top.Org, b.app.Desk.Today())
	if err != nil {
		return err
	}
	load, _ := os.ReadFile("/proc/loadavg") // elsewhere the heading has no load
	fmt.Printf("\n%s %s, %d cores, load before %.14s, %d members, %d primary organisations\n\n| what | engine | figure |\n|---|---|---|\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load, n.Total, kinds[org.Primary])
	if b.primaries, err = b.some(ctx, org.Primary, 1000); err != nil {
		return err
	}
	if err := b.fold(ctx); err != nil {
		return err
	}
	start := time.Now()
	b.app.Warm(ctx)
	b.print("read ahead at the start of the server", "%.0f ms", float64(time.Since(start).Milliseconds()))
	only := strings.Fields(os.Getenv("ODAQ_BENCH_ONLY"))
	for _, part := range []struct {
		name string
		take func(context.Context) error
	}{{"rollups", b.rollUp}, {"pages", b.pages}, {"lists", b.lists}, {"searches", b.searches}, {"admissions", b.admissions}} {
		if len(only) > 0 && !slices.Contains(only, part.name) {
			continue
		}
		if err := part.take(ctx); err != nil {
			return err
		}
	}
	b.print("server’s memory at its most", "%d MB", peak())
	return b.recount(ctx)
}

// fold does what a server's job does every five seconds.
func (b *bencher) fold(ctx context.Context) error {
	_, err := membership.Fold(ctx, b.app.DB)
	return err
}

// rollUp counts the whole federation by union and territory.
func (b *bencher) rollUp(ctx context.Context) error {
	today := b.app.Desk.Today()
	count := func(day cal.Day) (time.Duration, error) {
		start := time.Now()
		cells, err := b.app.Areas.Membership.Cells(ctx, b.app.DB.Read(), day)
		if err == nil && len(cells) == 0 {
			err = errors.New("no cells")
		}
		return time.Since(start), err
	}
	for _, one := range []struct {
		what string
		n    int
		day  func() cal.Day
	}{
		{"roll-up union × region, first time after a start", 1, func() cal.Day { return today }},
		{"roll-up union × region, today", 40, func() cal.Day { return today }},
		{"roll-up union × region, a past day asked for the first time", 40, func() cal.Day { return today - cal.Day(30+b.rng.IntN(2500)) }},
		{"roll-up union × region, a year back, again", 40, func() cal.Day { return today.AddMonths(-12) }},
	} {
		var all []time.Duration
		before := cpu()
		for range one.n {
			d, err := count(one.day())
			if err != nil {
				return err
			}
			all = append(all, d)
		}
		b.quantiles(one.what, all, cpu()-before)
	}
	return nil
}

// recount compares the counts with all rows, as odaq's own check does.
func (b *bencher) recount(ctx context.Context) error {
	start := time.Now()
	if err := b.app.Areas.Membership.CheckCounts(ctx, b.app.DB.Read(), b.app.Desk.Today()); err != nil {
		return err
	}
	b.print("full recount agrees with the counts", "%.1f s, memory at its most %d MB", time.Since(start).Seconds(), peak())
	return nil
}

// quantiles prints times; used is the CPU that all of them together took, for
// machines that are not idle.
func (b *bencher) quantiles(what string, all []time.Duration, used time.Duration) {
	slices.Sort(all)
	at := func(q float64) float64 {
		return float64(all[min(len(all)-1, int(float64(len(all))*q))].Microseconds()) / 1000
	}
	b.print(what, "p50 %.1f ms, p99 %.1f ms, worst %.1f ms; %.1f ms CPU each", at(.5), at(.99), at(1), float64(used.Microseconds())/1000/float64(len(all)))
}

// some are organisations of a kind.
func (b *bencher) some(ctx context.Context, kind org.Kind, n int) ([]org.Version, error) {
	all, err := org.List(ctx, b.app.DB.Read(), org.Find{Day: b.app.Desk.Today(), Kinds: []org.Kind{kind}, Limit: 2000})
	if err != nil || len(all) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("no organisation of the kind %s", kind))
	}
	b.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(n, len(all))], nil
}

// pages asks for pages of organisations and for the dashboard, as anybody and as
// a registrar of the federation, and measures the CPU they take.
func (b *bencher) pages(ctx context.Context) error {
	registrar, err := b.registrar(ctx)
	if err != nil {
		return err
	}
	for _, reader := range []struct {
		who    string
		cookie []*http.Cookie
	}{{"public", nil}, {"registrar", registrar}} {
		for _, kind := range []org.Kind{org.Primary, org.Local, org.Union} {
			orgs, err := b.some(ctx, kind, 60)
			if err != nil {
				return err
			}
			var paths []string
			for _, o := range orgs {
				paths = append(paths, "/orgs/"+o.Org.String())
			}
			if err := b.ask("page of an organisation ("+string(kind)+", "+reader.who+")", paths, reader.cookie); err != nil {
				return err
			}
		}
		for _, path := range []string{"/", "/orgs", "/regions/KZ-75"} {
			if err := b.ask("page "+path+" ("+reader.who+")", slices.Repeat([]string{path}, 20), reader.cookie); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bencher) ask(what string, paths []string, cookies []*http.Cookie) error {
	get := func(path string) error {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		b.handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return fmt.Errorf("GET %s: %d\n%s", path, w.Code, w.Body)
		}
		return nil
	}
	for _, path := range paths[:min(5, len(paths))] {
		if err := get(path); err != nil {
			return err
		}
	}
	before, start := cpu(), time.Now()
	for _, path := range paths {
		if err := get(path); err != nil {
			return err
		}
	}
	n := time.Duration(len(paths))
	b.print(what, "%.1f ms CPU, %.1f ms", float64(((cpu()-before)/n).Microseconds())/1000, float64((time.Since(start)/n).Microseconds())/1000)
	return nil
}

// registrar signs in somebody who keeps the register of the whole federation.
func (b *bencher) registrar(ctx context.Context) ([]*http.Cookie, error) {
	today := b.app.Desk.Today()
	top, err := org.Top(ctx, b.app.DB.Read(), today)
	if err != nil {
		return nil, err
	}
	var link string
	err = b.app.DB.Write(ctx, func(tx *db.Tx) error {
		who, err := b.app.Who.Create(ctx, tx, account.Draft{Label: "Сынақов Ерлан"})
		if err != nil {
			return err
		}
		err = access.Give(ctx, tx, access.Grant{ID: id.New(), Account: who, Role: access.Registrar, Org: top.Org, From: today, To: cal.Forever, Decision: "1"}, 0)
		if err != nil {
			return err
		}
		link, err = b.app.Who.DemoLink(ctx, tx, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, link[strings.Index(link, "/sign-in"):], strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.handler.ServeHTTP(w, r)
	if w.Code != http.StatusSeeOther {
		return nil, fmt.Errorf("signing in: %d", w.Code)
	}
	return w.Result().Cookies(), nil
}

// lists turns pages of member lists of organisations of every size.
func (b *bencher) lists(ctx context.Context) error {
	lists := map[string][]id.ID{"federation": slices.Repeat([]id.ID{0}, 20)}
	for _, kind := range []org.Kind{org.Union, org.Local, org.Primary} {
		orgs, err := b.some(ctx, kind, 40)
		if err != nil {
			return err
		}
		for _, o := range orgs {
			lists[string(kind)] = append(lists[string(kind)], o.Org)
		}
	}
	for _, what := range []string{"federation", "union", "local", "primary"} {
		if err := b.list(ctx, what, lists[what], func() cal.Day { return 0 }); err != nil {
			return err
		}
		past := func() cal.Day { return b.app.Desk.Today() - cal.Day(30+b.rng.IntN(2500)) }
		if err := b.list(ctx, what+", on a past day", lists[what], past); err != nil {
			return err
		}
	}
	return nil
}

// list turns pages of the members of some organisations.
func (b *bencher) list(ctx context.Context, what string, orgs []id.ID, day func() cal.Day) error {
	scope, err := b.app.Desk.Gate.Scope(ctx, b.app.DB.Read(), access.From(ctx), membership.View)
	if err != nil {
		return err
	}
	var all []time.Duration
	before := cpu()
	for _, o := range orgs {
		f := membership.Find{Org: o, Day: day()}
		for range 10 {
			start := time.Now()
			page, err := b.app.Areas.Membership.List(ctx, b.app.DB.Read(), scope, f)
			if err != nil {
				return err
			}
			all = append(all, time.Since(start))
			if len(page) < 50 {
				break
			}
			f.After = membership.CursorOf(page[len(page)-1])
			if b.rng.IntN(2) == 0 { // jump somewhere into the alphabet
				letters := []rune("абгдежкмнорсту")
				f.After.Key = search.PersonKey("kk", search.Name{Surname: string(letters[b.rng.IntN(len(letters))])})
			}
		}
	}
	b.quantiles("page of 50 members ("+what+")", all, cpu()-before)
	return nil
}

// writesPerSecond is the pace of the writer beside the searching readers: a
// federation of two million admits that many on a busy morning.
const writesPerSecond = 50

// searches looks for prefixes with eight readers beside one writer.
func (b *bencher) searches(ctx context.Context) error {
	queries := b.queries(ctx)
	scope, err := b.app.Desk.Gate.Scope(ctx, b.app.DB.Read(), access.From(ctx), membership.View)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var writes atomic.Int64
	var writer sync.WaitGroup
	writer.Go(func() {
		pace := time.NewTicker(time.Second / writesPerSecond)
		defer pace.Stop()
		for n := 0; ctx.Err() == nil; n++ {
			if b.admit(ctx, b.primaries[n%len(b.primaries)].Org) == nil {
				writes.Add(1)
			}
			if n%(5*writesPerSecond) == 0 {
				membership.Fold(ctx, b.app.DB) // what is left is folded the next time
			}
			<-pace.C
		}
	})
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var readers sync.WaitGroup
	start, before := time.Now(), cpu()
	for r := range 8 {
		readers.Go(func() {
			for i := r; i < len(queries); i += 8 {
				begin := time.Now()
				err := b.app.DB.View(ctx, func(q db.Querier) error { // as a page does
					_, err := b.app.Areas.Membership.List(ctx, q, scope, membership.Find{Query: queries[i]})
					return err
				})
				took := time.Since(begin)
				mu.Lock()
				all = append(all, took)
				failed = cmp.Or(failed, err)
				mu.Unlock()
			}
		})
	}
	readers.Wait()
	took, used := time.Since(start), cpu()-before
	stop()
	writer.Wait()
	if failed != nil {
		return failed
	}
	b.quantiles(fmt.Sprintf("prefix search, 8 readers (%.0f/s) and 1 writer (%.0f/s)", float64(len(all))/took.Seconds(), float64(writes.Load())/took.Seconds()), all, used)
	all, before = all[:0], cpu()
	for _, q := range queries[:min(300, len(queries))] {
		begin := time.Now()
		if _, err := b.app.Areas.Membership.List(context.WithoutCancel(ctx), b.app.DB.Read(), scope, membership.Find{Query: q}); err != nil {
			return err
		}
		all = append(all, time.Since(begin))
	}
	b.quantiles("prefix search, alone", all, cpu()-before)
	return nil
}

// queries are what people type: beginnings of a surname, of surname and given
// name, in Kazakh, Russian and Latin letters.
func (b *bencher) queries(ctx context.Context) []string {
	names := b.app.Profile.Names("surname", "", text.KK)
	given := b.app.Profile.Names("given", "", text.KK)
	var out []string
	cut := func(s string, n int) string {
		r := []rune(s)
		return string(r[:min(n, len(r))])
	}
	for range 2000 {
		s, g := names[b.rng.IntN(len(names))], given[b.rng.IntN(len(given))]
		switch b.rng.IntN(4) {
		case 0:
			out = append(out, cut(s, 3+b.rng.IntN(3)))
		case 1:
			out = append(out, s+" "+cut(g, 1+b.rng.IntN(4)))
		case 2:
			out = append(out, cut(g, 4)+" "+cut(s, 4))
		default:
			out = append(out, strings.ToLower(cut(s, 5)))
		}
	}
	return out
}

func (b *bencher) admit(ctx context.Context, o id.ID) error {
	_, err := b.app.Areas.Membership.Admit(ctx, membership.AdmitRequest{Org: o, Name: search.Name{Surname: "Сынақов", Given: "Ерлан"},
		Birth: cal.Date(1985, 1, 1), Lang: text.KK, Category: "worker", Day: b.app.Desk.Today(), Decision: "1"})
	return err
}

// admissions admits one after another, and from eight desks at once.
func (b *bencher) admissions(ctx context.Context) error {
	for _, desks := range []int{1, 8} {
		var n atomic.Int64
		var failed atomic.Pointer[error]
		var all sync.WaitGroup
		start := time.Now()
		for d := range desks {
			all.Go(func() {
				for i := d; time.Since(start) < 3*time.Second; i += desks {
					if err := b.admit(ctx, b.primaries[i%len(b.primaries)].Org); err != nil {
						failed.Store(&err)
						return
					}
					n.Add(1)
				}
			})
		}
		all.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		b.print(fmt.Sprintf("single admissions, %d at a time", desks), "%.0f/s", float64(n.Load())/time.Since(start).Seconds())
	}
	return nil
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
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
