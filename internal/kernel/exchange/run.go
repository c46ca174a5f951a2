package exchange

import (
	"context"
	"io"
	"time"

	"odaq/internal/platform/sheet"
)

// Options of Run.
type Options struct {
	Chunk    int            // rows handed over at a time; 0 means 1,000
	After    int            // rows up to this line are done already and passed over
	Progress func(Progress) // told after every chunk, may be nil
}

// Progress says how far Run is.
type Progress struct {
	Rows  int           // handed over in this run
	Line  int           // of the last row handed over, in this run or before: the next run's After
	Done  int64         // bytes of the table behind (sheet.Reader.Progress)
	Total int64         // of so many
	Rate  float64       // rows a second in this run
	Left  time.Duration // by the bytes done in this run; 0 if unknown
}

// Run reads all rows of r in chunks and hands each to do, which keeps what it is given. An error
// of r, of do or of ctx ends it; the Progress returned tells of the chunks that do took, so a
// run over the same file (see Fingerprint) with After set to its Line continues behind them. If
// do records that Line in the transaction of the chunk, a crash loses and repeats nothing.
func Run(ctx context.Context, r sheet.Reader, o Options, do func(context.Context, []sheet.Row) error) (Progress, error) {
	size := o.Chunk
	if size <= 0 {
		size = 1000
	}
	now := Progress{Line: o.After}
	now.Done, now.Total = r.Progress()
	var (
		start   time.Time // of the first row that is not passed over
		startAt int64
		chunk   []sheet.Row
	)
	for {
		if err := ctx.Err(); err != nil {
			return now, err
		}
		passed, _ := r.Progress()
		row, err := r.Next()
		ended := err == io.EOF
		if err != nil && !ended {
			return now, err
		}
		if !ended && row.Line > o.After {
			if start.IsZero() {
				start, startAt = time.Now(), passed
			}
			chunk = append(chunk, row)
		}
		if len(chunk) == size || ended && len(chunk) > 0 {
			if err := do(ctx, chunk); err != nil {
				return now, err
			}
			now.Rows += len(chunk)
			now.Line = chunk[len(chunk)-1].Line
			now.Done, now.Total = r.Progress()
			now.measure(time.Since(start), startAt)
			if o.Progress != nil {
				o.Progress(now)
			}
			chunk = make([]sheet.Row, 0, size)
		}
		if ended {
			return now, nil
		}
	}
}

func (p *Progress) measure(took time.Duration, startAt int64) {
	if took <= 0 {
		return
	}
	p.Rate = float64(p.Rows) / took.Seconds()
	if done := p.Done - startAt; done > 0 {
		p.Left = time.Duration(float64(took) * float64(p.Total-p.Done) / float64(done)).Round(time.Second)
	}
}
