package seal

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	line := []byte("Ахметова Айгүл;0000-1234-5678\n")
	for _, n := range []int{0, 1, 2000, 2185, 10_000} { // 2,185 lines are more than a segment
		s, err := NewSpool()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range n {
			if _, err := s.Write(line); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if _, err := s.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), bytes.Repeat(line, n)) {
			t.Errorf("%d lines: %d bytes came back", n, out.Len())
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("in the folder: %v, %v", left, err)
		}
		s.file.Seek(0, io.SeekStart)
		raw, err := io.ReadAll(s.file)
		if err != nil || len(raw) <= out.Len() || strings.Contains(string(raw), "Айгүл") {
			t.Errorf("on the disk: %d bytes, readable or missing; %v", len(raw), err)
		}
	}
}

func TestSpoolChangedOnTheDisk(t *testing.T) {
	s, err := NewSpool()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write(make([]byte, 3*spoolSegment)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.file.WriteAt([]byte{7}, spoolSegment+100); err != nil {
		t.Fatal(err)
	}
	if n, err := s.WriteTo(io.Discard); err == nil {
		t.Errorf("%d changed bytes were given out", n)
	}
}
