package deadline_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"odaq/internal/kernel/deadline"
)

func TestCalendarFile(t *testing.T) {
	p, c := open(t, "kz"), words(t)
	all := []deadline.Deadline{
		count(t, p, "COL.CONC_DECIDE", "2026-03-18"), count(t, p, "ACC.NOTIFY", "2026-03-18T14:30"), count(t, p, "COL.ANSWER", "2027-12-30"),
	}
	var b bytes.Buffer
	if err := deadline.WriteCalendar(&b, c.In("kk"), time.Date(2026, 3, 18, 9, 0, 0, 0, time.UTC), all...); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(b.String(), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	read, err := ics.ParseCalendar(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	events := read.Events()
	if len(events) != len(all) {
		t.Fatalf("%d events", len(events))
	}
	get := func(i int, name ics.ComponentProperty) string { return events[i].GetProperty(name).Value }
	for i, want := range []struct{ start, status string }{{"20260401", "CONFIRMED"}, {"20260319T093000Z", "CONFIRMED"}, {"20280104", "TENTATIVE"}} {
		if get(i, ics.ComponentPropertyDtStart) != want.start || get(i, ics.ComponentPropertyStatus) != want.status {
			t.Errorf("%d: %s %s, want %v", i, get(i, ics.ComponentPropertyDtStart), get(i, ics.ComponentPropertyStatus), want)
		}
	}
	if got, want := get(0, ics.ComponentPropertySummary), "татуластыру комиссиясы: талаптарды қарау"; got != want {
		t.Errorf("the summary is %q", got)
	}
	if got := get(0, ics.ComponentPropertyDescription); !strings.Contains(got, all[0].Explain(c.In("kk"))) {
		t.Errorf("the description is %q", got)
	}
}

func TestRecord(t *testing.T) {
	p, c := open(t, "kz"), words(t)
	data, err := json.Marshal(count(t, p, "COL.SEND", "2026-03-18").Record(c))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"clock": "COL.SEND", "term": "3 days", "first_day": "2026-03-19", "due": "2026-03-26", "moved_from": "2026-03-21", "provisional": false} {
		if got[k] != want {
			t.Errorf("%s is %v, want %v", k, got[k], want)
		}
	}
	if got["basis"].(map[string]any)["article"] != "164(3)" || len(got["explanation"].(map[string]any)) != 3 {
		t.Errorf("%s", data)
	}
}
