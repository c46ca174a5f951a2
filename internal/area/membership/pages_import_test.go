package membership_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/site"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// someone is whoever the test says.
type someone struct{ actor access.Actor }

func (s *someone) Identify(*http.Request) (access.Actor, error) { return s.actor, nil }

// desk is the pages of the area and who sits before them.
type desk struct {
	t      *testing.T
	mux    *http.ServeMux
	who    *someone
	lang   string
	runner *job.Runner
}

func (o *office) pages(t *testing.T, ctx context.Context) *desk {
	t.Helper()
	d := &desk{t: t, mux: http.NewServeMux(), who: &someone{access.From(ctx)}, lang: "ru"}
	s := site.New(d.mux)
	s.Desk, s.Text, s.Who, s.Log = o.desk, messages(t), d.who, slog.New(slog.DiscardHandler)
	m := o.area.Module()
	m.Pages(s)
	s.Fallback()
	d.runner = job.NewRunner(o.db, job.Options{Clock: cal.Clock(func() time.Time { return time.Now().Add(time.Hour) })})
	m.Jobs(d.runner)
	return d
}

func (d *desk) do(r *http.Request) (int, string, string) {
	d.t.Helper()
	r.Header.Set("Accept-Language", d.lang)
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	body := w.Body.String()
	if strings.Contains(body, "⟦") {
		d.t.Errorf("%s %s: a message is missing: %s", r.Method, r.URL.Path, regexp.MustCompile("⟦[^⟧]*⟧").FindString(body))
	}
	return w.Code, body, w.Header().Get("Location")
}

func (d *desk) get(path string) (int, string) {
	d.t.Helper()
	code, body, _ := d.do(httptest.NewRequest("GET", path, nil))
	return code, body
}

func (d *desk) post(path string, pairs ...string) (int, string) {
	d.t.Helper()
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	code, body, _ := d.do(r)
	return code, body
}

func (d *desk) upload(org id.ID, name string, content []byte) (int, string, string) {
	d.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.WriteField("org", org.String())
	f, _ := w.CreateFormFile("file", name)
	f.Write(content)
	w.Close()
	r := httptest.NewRequest("POST", "/members/import", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return d.do(r)
}

func (d *desk) drain() {
	d.t.Helper()
	if n, err := d.runner.Drain(context.Background()); err != nil || n == 0 {
		d.t.Fatalf("%d jobs, %v", n, err)
	}
}

func table(rows [][]string) []byte {
	var b bytes.Buffer
	csv.NewWriter(&b).WriteAll(rows)
	return b.Bytes()
}

// want fails unless the page answers so and shows all the texts.
func (d *desk) want(what string, code int, body string, wantCode int, texts ...string) {
	d.t.Helper()
	if code != wantCode {
		d.t.Fatalf("%s: status %d, want %d\n%s", what, code, wantCode, body)
	}
	for _, s := range texts {
		if !strings.Contains(body, s) {
			d.t.Errorf("%s does not show %q", what, s)
		}
	}
}

func TestImportPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		p := invent(t)
		desk := o.pages(t, o.registrar)
		rows := p.rows(t, 12)
		rows[5][3] = "000000000000"
		twin := append([]string(nil), rows[2]...)
		twin[2], twin[3] = "", "" // nearly the same name and the same birth day
		rows = append(rows, twin)

		code, body := desk.get("/members/import")
		desk.want("upload", code, body, 200, "Загрузок ещё не было", "Скачать пустую таблицу")
		code, body = desk.get("/members/import/template")
		desk.want("template", code, body, 200, "PK")
		code, body, _ = desk.upload(o.primaries[0], "x.csv", nil)
		desk.want("no file", code, body, 422, "Выберите непустой файл")
		code, body, _ = desk.upload(o.primaries[0], "x.pdf", []byte("%PDF-1.7 not a table at all"))
		desk.want("a PDF", code, body, 422, "PDF")
		code, body, at := desk.upload(o.primaries[0], "список.csv", table(rows))
		desk.want("sent", code, body, 303)

		code, body = desk.get(at)
		desk.want("columns", code, body, 200, "Проверить файл", `value="ИИН" selected`)
		code, body = desk.post(at, "do", "check", "map.surname", "", "day", "32.13.2026")
		desk.want("a bad form", code, body, 422, "2026-03-15")
		code, body = desk.post(at, "do", "check", "map.surname", "")
		desk.want("no surname", code, body, 422, "f-surname")
		code, body = desk.post(at, "do", "check", "map.category", "")
		desk.want("no category", code, body, 422, "f-category", "«Категория»: выберите столбец")
		code, body = desk.post(at, "do", "check")
		desk.want("checked", code, body, 303)
		code, body = desk.get(at)
		desk.want("checking", code, body, 200, "Проверяется", "Остановить", "refresh")
		desk.drain()
		for _, lang := range []string{"kk", "en", "ru"} {
			desk.lang = lang
			code, body = desk.get(at)
			desk.want("preview "+lang, code, body, 200, rows[1][0])
		}
		desk.want("preview", code, body, 200, "Внести: 11", "Строки с ошибками", "Просмотр")
		o.count(t, today, 0)
		code, body = desk.post(at, "do", "run")
		desk.want("run", code, body, 303)
		desk.drain()
		code, body = desk.get(at)
		desk.want("result", code, body, 200, "Все строки файла обработаны", "Файл ошибок", "Решить о совпадениях (1)", "Отменить загрузку", "Посмотреть список членов")
		if strings.Contains(body, "000000000000") || strings.Contains(body, rows[1][3]) {
			t.Error("a national ID is on the page")
		}
		o.count(t, today, 11)
		code, body = desk.get(at + "/errors")
		desk.want("errors", code, body, 200, "Что исправить", "000000000000")

		// Another union's registrar, partners and the public see nothing of it.
		for name, ctx := range map[string]context.Context{"other": o.other, "partner": o.partner, "chair": o.chair} {
			desk.who.actor = access.From(ctx)
			for _, path := range []string{at, at + "/errors", at + "/undo", at + "/duplicates"} {
				if code, body := desk.get(path); code == 200 || strings.Contains(body, rows[1][0]) || strings.Contains(body, "список") {
					t.Errorf("%s gets %s: %d", name, path, code)
				}
			}
			if code, _ := desk.post(at, "do", "undo"); code == 303 {
				t.Errorf("%s may undo", name)
			}
		}
		desk.who.actor = access.From(o.registrar)

		code, body = desk.get(at + "/duplicates")
		desk.want("duplicates", code, body, 200, "Тёзка, внести", twin[0], "Один человек")
		line := regexp.MustCompile(`name="line" value="(\d+)"`).FindStringSubmatch(body)
		code, body = desk.post(at+"/duplicates", "line", line[1], "choice", "skip")
		desk.want("decided", code, body, 303)
		code, body = desk.get(at + "/duplicates")
		desk.want("all decided", code, body, 200, "Всё решено")

		code, body = desk.get(at + "/undo")
		desk.want("undo", code, body, 200, "Да, отменить")
		code, body = desk.post(at, "do", "undo")
		desk.want("undoing", code, body, 303)
		desk.drain()
		code, body = desk.get(at)
		desk.want("undone", code, body, 200, "отменено")
		code, body = desk.get(at + "/duplicates")
		desk.want("nothing to decide any more", code, body, 303)
		o.count(t, today, 0)
		code, body = desk.get("/members/import")
		desk.want("list", code, body, 200, "список.csv", "Отменён")
	})
}

func TestExportPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		rows := invent(t).rows(t, membership.ConfirmAbove+1)
		o.importing(t, o.registrar, o.primaries[0], save(t, rows))
		desk := o.pages(t, o.registrar)
		code, body := desk.get("/members/export")
		desk.want("form", code, body, 200, "Выгрузок ещё не было", "Запросить список")
		code, body = desk.post("/members/export", "org", o.primaries[0].String(), "format", "csv", "purpose", "register", "reason", "x")
		desk.want("no reason", code, body, 422, "не меньше чем десятью")
		code, body = desk.post("/members/export", "org", o.primaries[0].String(), "format", "csv", "purpose", "register", "reason", "к отчёту за год")
		desk.want("asked", code, body, 303)
		code, body = desk.get("/members/export")
		desk.want("waiting", code, body, 200, "Ждёт подтверждения")

		desk.who.actor = access.From(o.as(t, access.Leader, o.unions[0]))
		code, body = desk.get("/members/export")
		desk.want("to confirm", code, body, 200, "Ждут вашего подтверждения", "к отчёту за год", "Кто просит", "Ведущий реестра")
		confirm := regexp.MustCompile(`action="(/members/export/[^"]+)"`).FindStringSubmatch(body)
		code, body = desk.post(confirm[1], "confirm", "yes")
		desk.want("confirmed", code, body, 303)

		desk.who.actor = access.From(o.registrar)
		r := httptest.NewRequest("GET", confirm[1], nil)
		w := httptest.NewRecorder()
		desk.mux.ServeHTTP(w, r)
		file, _ := io.ReadAll(w.Body)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Disposition"), ".csv") || strings.Count(string(file), "\n") != membership.ConfirmAbove+2 {
			t.Errorf("fetched: %d, %d lines", w.Code, strings.Count(string(file), "\n"))
		}
		code, body = desk.get(confirm[1])
		desk.want("again", code, body, 409, "выдаётся один раз")
	})
}
