// Package assets holds the files a browser needs beside the pages: style, script and fonts.
//
// The sources (css/, fonts/, *.ts, booth/, vendor/) are bundled into dist/ by `go run ./assets/build`;
// dist/ is committed and embedded, so that building odaq needs Go alone. Every built file carries a hash
// of its content in its name and may be cached for ever.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// Prefix is the URL path below which Handler expects to be mounted.
const Prefix = "/assets/"

//go:embed dist
var dist embed.FS

// built maps a source name to its built one: "odaq.css" to "odaq-3F9A2B1C.css".
var built = func() map[string]string {
	m := map[string]string{}
	body, err := dist.ReadFile("dist/manifest.json")
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		panic("assets: dist is not built, run go run ./assets/build: " + err.Error())
	}
	return m
}()

// Path returns the URL path of the asset called name ("odaq.css", "app.js", "onest-cyr.woff2").
// It panics if there is none: a wrong name is a mistake in the program.
func Path(name string) string {
	file, ok := built[name]
	if !ok {
		panic(fmt.Sprintf("assets: no asset %q; run go run ./assets/build", name))
	}
	return Prefix + file
}

// Bytes returns the built content of the asset called name, for one that must be served at a URL of its
// own (a service worker). It panics if there is none.
func Bytes(name string) []byte {
	body, err := dist.ReadFile("dist/" + strings.TrimPrefix(Path(name), Prefix))
	if err != nil {
		panic("assets: " + err.Error())
	}
	return body
}

// file is a built asset and the encodings of it worth sending.
type file struct {
	mime, etag       string
	plain, gzip, brt []byte // gzip and brt are nil where the format is compressed already
}

// Handler serves the built files below Prefix to GET and HEAD: cached for ever, with an ETag, and in the
// best encoding the browser takes. Texts are compressed once, when first asked for.
func Handler() http.Handler {
	files := map[string]func() file{}
	for _, name := range built {
		files[Prefix+name] = sync.OnceValue(func() file { return load(name) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		get, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		get().serve(w, r)
	})
}

func load(name string) file {
	body, err := dist.ReadFile("dist/" + name)
	if err != nil {
		panic("assets: " + err.Error())
	}
	sum := sha256.Sum256(body)
	f := file{mime: mimeType(name), etag: hex.EncodeToString(sum[:12]), plain: body}
	if strings.HasSuffix(name, ".woff2") {
		return f
	}
	var gz, br bytes.Buffer
	zw, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression) // the level is valid
	bw := brotli.NewWriterLevel(&br, brotli.BestCompression)
	zw.Write(body) // a bytes.Buffer does not fail
	bw.Write(body)
	zw.Close()
	bw.Close()
	f.gzip, f.brt = gz.Bytes(), br.Bytes()
	return f
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	body, encoding := f.plain, ""
	switch accepted := r.Header.Get("Accept-Encoding"); {
	case f.brt == nil:
	case accepts(accepted, "br"):
		body, encoding = f.brt, "br"
	case accepts(accepted, "gzip"):
		body, encoding = f.gzip, "gzip"
	}
	etag := `"` + f.etag + `"`
	h := w.Header()
	if f.brt != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		etag = `"` + f.etag + "-" + encoding + `"`
	}
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", etag)
	h.Set("X-Content-Type-Options", "nosniff")
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", f.mime)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		w.Write(body) // the client may go away; nothing to do about it
	}
}

// accepts reports whether an Accept-Encoding header allows the encoding; q=0 refuses it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

// mimeType does not trust the machine's own table for the types served here.
func mimeType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	default:
		return mime.TypeByExtension(ext)
	}
}
