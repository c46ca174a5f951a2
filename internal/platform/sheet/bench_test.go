package sheet

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

const benchRows = 200_000

var memberColumns = []Column{
	{"surname", "Тегі", Text}, {"given", "Аты", Text}, {"patronymic", "Әкесінің аты", Text}, {"iin", "ЖСН", ID},
	{"born", "Туған күні", Date}, {"category", "Санаты", Text}, {"organisation", "Ұйым нөмірі", ID}, {"joined", "Кірген күні", Date},
}

func members(b *testing.B, format string) []byte {
	surnames := []string{"Әбенова", "Нұрланов", "Қайратұлы", "Иванова", "Өтеғалиев", "Ким"}
	born := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	w := writers[format](&out)
	if err := w.Header(memberColumns); err != nil {
		b.Fatal(err)
	}
	for i := range benchRows {
		birth := born.AddDate(0, 0, i*7919%15_000)
		err := w.Row([]any{
			surnames[i%len(surnames)] + string(rune('а'+i/7%32)), "Айгүл" + string(rune('а'+i/11%32)), "Серікқызы",
			birth.Format("060102") + fmt.Sprintf("%06d", i*31%1_000_000), birth, "worker", fmt.Sprintf("%05d", i%18_000), birth.AddDate(20, 0, i%3000),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// heapPeak samples the live heap while f runs and returns how far it rose, in MB.
func heapPeak(f func()) float64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	base, peak := stats.HeapAlloc, uint64(0)
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			peak = max(peak, s.HeapAlloc)
			time.Sleep(5 * time.Millisecond)
		}
	}()
	f()
	stop.Store(true)
	<-done
	return float64(max(peak, base)-base) / (1 << 20)
}

func benchmarkRead(b *testing.B, data []byte) {
	read := func() {
		r, err := Open(bytes.NewReader(data), int64(len(data)), "", Limits{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if n != benchRows {
			b.Fatalf("%d rows", n)
		}
	}
	peak := heapPeak(read)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		read()
	}
	b.ReportMetric(peak, "MB-peak")
	b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkReadCSV(b *testing.B) { benchmarkRead(b, members(b, "CSV")) }

// BenchmarkReadXLSX reads a workbook of inline strings, as NewXLSX writes them.
func BenchmarkReadXLSX(b *testing.B) { benchmarkRead(b, members(b, "XLSX")) }

// BenchmarkReadXLSXShared reads a workbook of shared strings, as Excel writes them.
func BenchmarkReadXLSXShared(b *testing.B) {
	var shared, rows bytes.Buffer
	shared.WriteString("<sst>")
	rows.WriteString(`<row r="1">`)
	for i := range 8 {
		fmt.Fprintf(&rows, `<c r="%s1" t="str"><v>column %d</v></c>`, letters(i), i)
	}
	rows.WriteString(`</row>`)
	for i := range benchRows {
		fmt.Fprintf(&shared, "<si><t>Әбенова%d</t></si><si><t>%012d</t></si>", i%5000, i)
		fmt.Fprintf(&rows, `<row r="%d" spans="1:8">`, i+2)
		for c := range 8 {
			kind, v := ` t="s"`, (i*2+c%2)%(2*benchRows)
			if c == 4 || c == 7 {
				kind, v = ` s="1"`, 25_000+i%10_000
			}
			fmt.Fprintf(&rows, `<c r="%s%d"%s><v>%d</v></c>`, letters(c), i+2, kind, v)
		}
		rows.WriteString(`</row>`)
	}
	shared.WriteString("</sst>")
	benchmarkRead(b, newParts(rows.String()).with(textPart, shared.String()).zip())
}

func BenchmarkWrite(b *testing.B) {
	for _, format := range []string{"CSV", "XLSX", "JSON"} {
		b.Run(format, func(b *testing.B) {
			for b.Loop() {
				members(b, format)
			}
			b.ReportMetric(benchRows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
