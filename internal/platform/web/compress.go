package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
)

// compressed sends text in brotli or gzip where the browser takes it: a page is
// read over slow phones. Our pages mirror no secret beside what a stranger sends
// (there are no tokens in forms), so that length tells nothing worth guessing.
type compressed struct {
	http.ResponseWriter
	encoding string
	decided  bool
	out      io.WriteCloser // nil: as it is
}

// level is where brotli takes about as long as gzip and is smaller.
const level = 4

// compress picks what the browser takes; nil where it takes nothing.
func compress(w http.ResponseWriter, r *http.Request) *compressed {
	accept := r.Header.Get("Accept-Encoding")
	for _, encoding := range []string{"br", "gzip"} {
		for part := range strings.SplitSeq(accept, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
			if name == encoding && strings.ReplaceAll(q, " ", "") != "q=0" {
				return &compressed{ResponseWriter: w, encoding: encoding}
			}
		}
	}
	return nil
}

func (c *compressed) decide(status int) {
	if c.decided {
		return
	}
	c.decided = true
	h := c.Header()
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	text := strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || media == "image/svg+xml" || media == "application/yaml"
	if h.Get("Content-Encoding") != "" || !text || status == http.StatusNoContent || status == http.StatusNotModified {
		return
	}
	h.Set("Content-Encoding", c.encoding)
	h.Add("Vary", "Accept-Encoding")
	h.Del("Content-Length")
	if c.encoding == "br" {
		c.out = brotli.NewWriterLevel(c.ResponseWriter, level)
	} else {
		c.out = gzip.NewWriter(c.ResponseWriter)
	}
}

func (c *compressed) WriteHeader(status int) {
	c.decide(status)
	c.ResponseWriter.WriteHeader(status)
}

func (c *compressed) Write(b []byte) (int, error) {
	c.decide(http.StatusOK)
	if c.out == nil {
		return c.ResponseWriter.Write(b)
	}
	return c.out.Write(b)
}

func (c *compressed) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// Close ends the stream.
func (c *compressed) Close() error {
	if c.out == nil {
		return nil
	}
	return c.out.Close()
}
