package assets

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func get(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

// TestBudgets holds the sizes that a slow phone can bear, in bytes after brotli.
func TestBudgets(t *testing.T) {
	for name, budget := range map[string]int{"odaq.css": 8 << 10, "app.js": 20 << 10} {
		size := len(load(strings.TrimPrefix(Path(name), Prefix)).brt)
		t.Logf("%s: %d bytes", name, size)
		if size > budget {
			t.Errorf("%s is %d bytes, the budget is %d", name, size, budget)
		}
	}
}

func TestEncodings(t *testing.T) {
	plain := string(Bytes("odaq.css"))
	readers := map[string]func(io.Reader) io.Reader{
		"": func(r io.Reader) io.Reader { return r },
		"gzip": func(r io.Reader) io.Reader {
			z, err := gzip.NewReader(r)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
		"br": func(r io.Reader) io.Reader { return brotli.NewReader(r) },
	}
	for accept, want := range map[string]string{"": "", "gzip": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": "", "BR": "br", "gzip;q=nonsense": ""} {
		res := get(t, "GET", Path("odaq.css"), "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", accept, got, want)
			continue
		}
		body, err := io.ReadAll(readers[want](res.Body))
		if err != nil || string(body) != plain {
			t.Errorf("Accept-Encoding %q: the content differs; %v", accept, err)
		}
		if got := res.Header.Get("Content-Type"); got != "text/css; charset=utf-8" {
			t.Errorf("Content-Type is %q", got)
		}
	}
}

func TestCaching(t *testing.T) {
	first := get(t, "GET", Path("app.js"), "Accept-Encoding", "br")
	etag := first.Header.Get("ETag")
	if etag == "" || !strings.Contains(first.Header.Get("Cache-Control"), "immutable") || first.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("headers are %v", first.Header)
	}
	if res := get(t, "GET", Path("app.js"), "Accept-Encoding", "br", "If-None-Match", `"x", W/`+etag); res.StatusCode != http.StatusNotModified {
		t.Errorf("a known ETag gives %d", res.StatusCode)
	}
	if res := get(t, "GET", Path("app.js"), "If-None-Match", etag); res.StatusCode != http.StatusOK {
		t.Errorf("the ETag of another encoding gives %d", res.StatusCode)
	}
	head := get(t, "HEAD", Path("app.js"), "Accept-Encoding", "br")
	body, _ := io.ReadAll(head.Body)
	if len(body) > 0 || head.Header.Get("Content-Length") != first.Header.Get("Content-Length") {
		t.Errorf("HEAD gives %d bytes and %v", len(body), head.Header)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{"POST", Path("app.js"), 405}, {"GET", Prefix, 404}, {"GET", Prefix + "odaq.css", 404},
		{"GET", Prefix + "manifest.json", 404}, {"GET", Prefix + "../assets.go", 404}, {"GET", Path("onest-kk.woff2"), 200},
	} {
		if res := get(t, c.method, c.path); res.StatusCode != c.want {
			t.Errorf("%s %s gives %d, want %d", c.method, c.path, res.StatusCode, c.want)
		}
	}
	if got := get(t, "GET", Path("onest-kk.woff2"), "Accept-Encoding", "br").Header; got.Get("Content-Type") != "font/woff2" || got.Get("Content-Encoding") != "" {
		t.Errorf("a font comes with %v", got)
	}
}

// TestRussianNeedsNoKazakhFont reads the unicode-range of each font file: the files that hold Kazakh letters
// hold no Russian ones, so that a browser loads them for Kazakh words only.
func TestRussianNeedsNoKazakhFont(t *testing.T) {
	faces := regexp.MustCompile(`@font-face\{[^}]*url\(([^)]*)\)[^}]*unicode-range:([^;}]*)`).FindAllStringSubmatch(string(Bytes("odaq.css")), -1)
	if len(faces) != 8 {
		t.Fatalf("there are %d font faces", len(faces))
	}
	kazakh, russian := "ӘәҒғҚқҢңӨөҮүҺһ", "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
	for _, f := range faces {
		isKazakh := strings.Contains(f[1], "-kk-")
		for letters, want := range map[string]bool{kazakh: isKazakh, russian: strings.Contains(f[1], "-cyr-")} {
			for _, r := range letters {
				if covers(t, f[2], r) != want {
					t.Errorf("%s covers %c: %v", f[1], r, !want)
				}
			}
		}
	}
}

// covers reads a unicode-range as browsers do: U+41, U+410-44F, U+4??.
func covers(t *testing.T, list string, r rune) bool {
	t.Helper()
	for part := range strings.SplitSeq(list, ",") {
		from, to, ranged := strings.Cut(strings.TrimPrefix(strings.TrimSpace(strings.ToUpper(part)), "U+"), "-")
		if !ranged {
			from, to = strings.ReplaceAll(from, "?", "0"), strings.ReplaceAll(from, "?", "F")
		}
		lo, err := strconv.ParseInt(from, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		hi, err := strconv.ParseInt(to, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		if int64(r) >= lo && int64(r) <= hi {
			return true
		}
	}
	return false
}
