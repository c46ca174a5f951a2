package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress draws one bar for several archives on a terminal, and nothing
// elsewhere.
type progress struct {
	lock        sync.Mutex
	file        *os.File // nil where nothing is drawn
	bar         *progressbar.ProgressBar
	done, total map[int]int // by archive
}

func (s *session) progress() *progress {
	p := &progress{done: map[int]int{}, total: map[int]int{}}
	if f, ok := s.errs.(*os.File); ok && !s.quiet && terminal(f) {
		p.file = f
	}
	return p
}

// of shows how many events of an archive are verified.
func (p *progress) of(archive int) func(done, total int) {
	if p.file == nil {
		return nil
	}
	return func(done, total int) {
		p.lock.Lock()
		defer p.lock.Unlock()
		p.done[archive], p.total[archive] = done, total
		var allDone, all int
		for i := range p.total {
			allDone += p.done[i]
			all += p.total[i]
		}
		if p.bar == nil {
			p.bar = progressbar.NewOptions(all, progressbar.OptionSetWriter(p.file), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
				progressbar.OptionSetItsString("events"), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30),
				progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
		}
		if p.bar.GetMax() != all {
			p.bar.ChangeMax(all)
		}
		_ = p.bar.Set(allDone) // only the terminal can fail
	}
}

// end takes the bar away.
func (p *progress) end() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
		fmt.Fprint(p.file, "\r")
	}
}

func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
