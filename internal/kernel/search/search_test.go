package search

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// vectors reads a CSV of test vectors: from the folder ODAQ_VECTORS_DIR names,
// where it has the file, else from testdata. The rows are keyed by column.
func vectors(t testing.TB, name string) []map[string]string {
	t.Helper()
	path := filepath.Join("testdata", name)
	if dir := os.Getenv("ODAQ_VECTORS_DIR"); dir != "" {
		if p := filepath.Join(dir, name); exists(p) {
			path = p
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		t.Fatalf("%s has no rows", path)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, column := range rows[0] {
			m[column] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestFoldVectors(t *testing.T) {
	for _, v := range vectors(t, "search_fold_test_vectors.csv") {
		a, b := Fold(v["a"]), Fold(v["b"])
		if a != v["fold_a"] || b != v["fold_b"] {
			t.Errorf("Fold(%s), Fold(%s) = %s, %s; want %s, %s", v["a"], v["b"], a, b, v["fold_a"], v["fold_b"])
		}
		if (a == b) != (v["expected_equal"] == "1") {
			t.Errorf("%s and %s: equal after folding is %v", v["a"], v["b"], a == b)
		}
	}
}

func TestFoldRuleVectors(t *testing.T) {
	for _, v := range vectors(t, "search_fold_kk_ru.csv") {
		want := v["to"]
		if strings.HasPrefix(v["note"], "optional") {
			want = v["from"]
		}
		if got := Fold(v["from"]); got != want {
			t.Errorf("Fold(%s) = %s, want %s", v["from"], got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"  Ёлкин   Пётр ":      "елкин петр",
		"О'Нил":                "онил",
		"О’Нил":                "онил",
		"Қожа–Ахмет":           "кожа-ахмет",
		"Қожа - Ахмет":         "кожа ахмет",
		"-а-":                  "а",
		"а-ъ-б":                "а-б",
		"«№ 5 Денсаулық» ЖШС":  "5 денсаулык жшс",
		"и\u0306од":            "йод",
		"Müller Aıgúl":         "muller aigul",
		"Aхметов":              "ахметов", // a Latin A
		"Сер\u0069к":           "серик",   // a Latin i
		"BMW-ның":              "bmw-нын", // two words for the repair
		"２０２６":                 "2026",
		"Straße":               "straße",
		"İstanbul":             "istanbul",
		"Ғ\u00adалым\u200bбек": "галымбек",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Қызылорда", "О’Нил-Aхметов", "и\u0306", "ǅ ﬁ №½", "\xff\xfe", "한국 ΌΣΟΣ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, folded again %q", s, once, twice)
		}
		for _, w := range Tokens(s) {
			if low, high := Prefix(w); w < low || w >= high {
				t.Errorf("%q is outside its own range", w)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	got := Tokens("Қожа-Ахмет Нұр-Сұлтан")
	want := []string{"кожа-ахмет", "кожа", "ахмет", "кожаахмет", "нур-султан", "нур", "султан", "нурсултан"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestPrefixHoldsExactlyThePrefixed(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("абя-9 zҥ😀")), 0, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, s := letters.Draw(t, "prefix"), letters.Draw(t, "key")
		low, high := Prefix(p)
		if in := low <= s && s < high; in != strings.HasPrefix(s, p) {
			t.Errorf("prefix %q, key %q: in range %v", p, s, in)
		}
	})
}

// found tells whether a record of this name answers the query.
func found(query, record string) bool {
	tokens := Tokens(record)
	terms := Query(query)
	for _, term := range terms {
		if !slices.ContainsFunc(term.Forms, func(form string) bool {
			return slices.ContainsFunc(tokens, func(tok string) bool { return strings.HasPrefix(tok, form) })
		}) {
			return false
		}
	}
	return len(terms) > 0
}

func TestQueryFinds(t *testing.T) {
	for _, c := range []struct{ query, record string }{
		{"Qyzylorda", "Қызылорда"}, {"Kyzylorda", "Қызылорда"}, {"Kyzyl", "Қызылорда"},
		{"Nurlanova", "Нұрланова"}, {"Aigul", "Айгүл"}, {"Aygül", "Айгүл"}, {"Aıgúl", "Айгүл"}, {"AIGÜL", "Айгүл"},
		{"Ä́lıhan", "Әлихан"}, {"Alikhan", "Әлихан"}, {"Mańǵystaý", "Маңғыстау"}, {"Mangystau", "Маңғыстау"}, {"Shyńǵys", "Шыңғыс"}, {"Shingis", "Шингис"},
		{"Zhanga", "Жаңа"}, {"Dmitry", "Дмитрий"}, {"Yuri", "Юрий"}, {"Elmira", "Эльмира"}, {"Elena", "Елена"}, {"Fyodor", "Фёдор"},
		{"Diana", "Диана"}, {"Maria", "Мария"}, {"Mariya", "Мария"}, {"Natalya", "Наталья"}, {"Tat'yana", "Татьяна"}, {"Aliyev", "Алиев"}, {"Aliev", "Әлиев"},
		{"Axmetov", "Ахметов"}, {"Axmetov", "Aхметов"}, {"Alexey", "Алексей"}, {"Victor", "Виктор"}, {"Weber", "Вебер"}, {"Schmidt", "Шмидт"}, {"Serik", "Серік"}, {"Jumabaev", "Жұмабаев"},
		{"Ashat", "Асхат"}, {"Saiat", "Саят"}, {"Jetisý", "Жетісу"}, {"nur-sultan", "Нұр-Сұлтан"}, {"nursultan", "Нұр-Сұлтан"}, {"sultan nur", "Нұр-Сұлтан"},
		{"singh", "Singh Harpreet"}, {"Сингх", "Сингх"}, {"ахметова айг", "Ахметова Айгүл Серікқызы"}, {"айгул ахм", "Ахметова Айгүл"}, {"2026-17", "2026-17"},
	} {
		if !found(c.query, c.record) {
			t.Errorf("%s does not find %s: %q", c.query, c.record, Query(c.query))
		}
	}
	for _, c := range []struct{ query, record string }{
		{"Nurlanova", "Ермекова"}, {"ахметов серік", "Ахметов Ерлан"}, {"", "Ахметов"}, {"--", "Ахметов"}, {"ыс", "Ис"},
	} {
		if found(c.query, c.record) {
			t.Errorf("%s finds %s", c.query, c.record)
		}
	}
}

// TestTransliterationVectors types names letter by letter with each column of
// the table, and must find them.
func TestTransliterationVectors(t *testing.T) {
	columns := map[string]map[rune]string{"latin_2021_draft": {}, "ascii_passport_like": {}}
	for _, v := range vectors(t, "kk_cyrillic_latin.csv") {
		for name, column := range columns {
			column[[]rune(v["cyrillic"])[0]] = v[name]
		}
	}
	names := strings.Fields(`қызылорда әлихан әлішер амангелді асхат ғабит дәулет ділдәбек жеңіс зейнолла ілияс қойшыбай мұхтар нұрғали
		өміржан рүстем шыңғыс ысқақ әйгерім гауһар дариға жұлдыз күләш қарлығаш ләйла меруерт сандуғаш ырысты абдрахман әбішев ғабдуллин
		жақсылықов нұрмағамбетов тәжібаев шаяхметов александр анатолий валерий григорий дмитрий евгений игорь илья николай сергей
		юрий анастасия мария наталья софья юлия цой шевченко кузнецов васильев баян диас шмидт мюллер маңғыстау жетісу щучинск
		исатайұлы иманғалиев сейітова қандыағаш сарыағаш сарыөзек тайынша`)
	for _, name := range names {
		for scheme, column := range columns {
			var latin strings.Builder
			for _, r := range name {
				latin.WriteString(column[r])
			}
			if !found(latin.String(), name) {
				t.Errorf("%s: %s does not find %s: %q", scheme, latin.String(), name, Query(latin.String()))
			}
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{"Qyzylorda", "Aıgúl nur-sultan", "ахметов 1985", "yayayayaiaiaichchsh wxyz", "'' -- ъъ", "Aхметов", "ŉ", "0--A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		terms := Query(s)
		if len(terms) > maxTerms {
			t.Errorf("%d terms", len(terms))
		}
		for _, term := range terms {
			if len(term.Forms) == 0 {
				t.Errorf("Query(%q) has a term without forms", s)
			}
			if len(term.Forms) > maxReadings+1 && len(strings.Fields(Fold(s))) <= len(terms) {
				t.Errorf("Query(%q): %d forms", s, len(term.Forms))
			}
			for _, form := range term.Forms {
				if form == "" || Fold(form) != form {
					t.Errorf("Query(%q): form %q is not folded", s, form)
				}
			}
		}
	})
}

func TestQueryFindsWhatIsTypedAsWritten(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщыіэюя")), 1, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		record := strings.Join(rapid.SliceOfN(word, 1, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", "-"}).Draw(t, "by"))
		if !found(record, record) {
			t.Errorf("%s does not find itself", record)
		}
	})
}

func TestSortKeyAlphabets(t *testing.T) {
	for lang, alphabet := range map[string]string{
		"kk": "а ә б в г ғ д е ё ж з и й к қ л м н ң о ө п р с т у ұ ү ф х һ ц ч ш щ ъ ы і ь э ю я",
		"ru": "а б в г д е ж з и й к л м н о п р с т у ф х ц ч ш щ ъ ы ь э ю я",
		"en": "a b c d e f g h i j k l m n o p q r s t u v w x y z",
	} {
		letters := strings.Fields(alphabet)
		for i := range letters[1:] {
			for _, tail := range []string{"", "а", "я"} {
				a, b := SortKey(lang, letters[i]+"я"), SortKey(lang, strings.ToUpper(letters[i+1])+tail)
				if bytes.Compare(a, b) >= 0 {
					t.Errorf("%s: %s does not sort before %s", lang, letters[i], letters[i+1])
				}
			}
		}
	}
	if bytes.Compare(SortKey("kk", "№ 2 мектеп"), SortKey("kk", "№ 10 мектеп")) >= 0 {
		t.Error("numbers do not sort by value")
	}
	if !bytes.Equal(SortKey("kk", "АЙГҮЛ"), SortKey("kk", "айгүл")) {
		t.Error("case matters")
	}
}

func TestPersonKey(t *testing.T) {
	want := []Name{
		{"Ахмет", "Ян", "Ерланұлы"},
		{"Ахметов", "Ілияс", ""},
		{"Ахметов", "Ілияс", "Әділұлы"},
		{"Ахметов", "Ілияс", "Берікұлы"},
		{"Ахметов", "Эрик", ""},
		{"Ахметова", "Айгүл", ""},
		{"Әбішев", "Ақан", ""},
		{"Бейсенов", "Ақан", ""},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b Name) int { return bytes.Compare(PersonKey("kk", a), PersonKey("kk", b)) })
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestPersonKeyComparesPartByPart(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune("аәяіэ -1")), 0, 4, -1)
	name := rapid.Custom(func(t *rapid.T) Name {
		return Name{part.Draw(t, "surname"), part.Draw(t, "given"), part.Draw(t, "patronymic")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		want := cmp.Or(
			bytes.Compare(SortKey("kk", a.Surname), SortKey("kk", b.Surname)),
			bytes.Compare(SortKey("kk", a.Given), SortKey("kk", b.Given)),
			bytes.Compare(SortKey("kk", a.Patronymic), SortKey("kk", b.Patronymic)))
		if got := bytes.Compare(PersonKey("kk", a), PersonKey("kk", b)); got != want {
			t.Errorf("%v, %v: %d, want %d", a, b, got, want)
		}
	})
}

func TestPersonKeyFromManyGoroutines(t *testing.T) {
	names := []Name{{"Ахметов", "Ілияс", ""}, {"Әбішев", "Ақан", "Әділұлы"}, {"Нұрмағамбетова", "Ақбота", "Серікқызы"}}
	var want [][]byte
	for _, n := range names {
		want = append(want, PersonKey("kk", n))
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				k := (g + i) % len(names)
				if !bytes.Equal(PersonKey("kk", names[k]), want[k]) {
					t.Errorf("another key for %v", names[k])
					return
				}
			}
		})
	}
	wg.Wait()
}

func FuzzSortKey(f *testing.F) {
	for _, s := range []string{"Қызылорда", "№ 10", "0010", "\xff", "1" + strings.Repeat("0", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { SortKey("kk", s) })
}

func TestNear(t *testing.T) {
	n := func(s string) Name {
		p := append(strings.Split(s, ","), "", "")
		return Name{p[0], p[1], p[2]}
	}
	for _, c := range []struct {
		a, b string
		want Likeness
	}{
		{"Ахметова,Айгүл,Серікқызы", "АХМЕТОВА,Айгул,Серик кызы", Same},
		{"Ахметова,Айгүл,Серікқызы", "Ахметов,Айгүл,Серікқызы", Likely},
		{"Ахметов,Ерлан,Серікұлы", "Ахметов,Ерлан,Серикович", Likely},
		{"Ахметов,Ерлан,Серікұлы", "Ахметов,Ерлан", Likely},
		{"Ахметов,Ерлан,Серікұлы", "Ахметов,Серікұлы,Ерлан", Likely},
		{"Ахметов,Ерлан", "Ерлан,Ахметов", Likely},
		{"Ахметов,Ерлан,Серікұлы", "Ахмедов,Ерлан,Серікұлы", Alike},
		{"Ахметов,Ерлан", "Ахметов,Эрлан", Alike},
		{"Нұрмағамбетов,Ерлан", "Нурмухамбетов,Ерлан", Alike},
		{"Нұр-Сұлтан,Ким", "Нурсултан,Ким", Same},
		{"Ким,Виктор", "Цой,Виктор", Different},
		{"Ли,Анна", "Лі,Анна", Same},
		{"Ахметов,Ерлан", "Ахметов,Болат", Different},
		{"Ахметов,Ерлан,Серікұлы", "Ахметов,Ерлан,Болатұлы", Different},
		{"Ахметов,", "Ахметов,Болат", Different},
	} {
		if got := Near(n(c.a), n(c.b)); got != c.want {
			t.Errorf("Near(%s; %s) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestNearIsSymmetric(t *testing.T) {
	part := rapid.StringOfN(rapid.RuneFrom([]rune("аовң")), 0, 6, -1)
	name := rapid.Custom(func(t *rapid.T) Name {
		return Name{part.Draw(t, "surname"), part.Draw(t, "given"), part.Draw(t, "patronymic")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		if rapid.Bool().Draw(t, "of the same parts") {
			p := rapid.Permutation([]string{a.Surname, a.Given, a.Patronymic, ""}).Draw(t, "parts")
			b = Name{p[0], p[1], p[2]}
		}
		if Near(a, b) != Near(b, a) {
			t.Errorf("%v, %v: %d and %d", a, b, Near(a, b), Near(b, a))
		}
		if Near(a, a) != Same {
			t.Errorf("%v is not near itself", a)
		}
	})
}

func TestDistance(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("абв")), 0, 7, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := []rune(text.Draw(t, "a")), []rune(text.Draw(t, "b"))
		full := distance(a, b, 100)
		if got := distance(a, b, 2); got != min(full, 3) {
			t.Errorf("%s %s: %d, want %d", string(a), string(b), got, min(full, 3))
		}
	})
	if d := distance([]rune("марта"), []rune("матра"), 2); d != 1 {
		t.Errorf("a swap costs %d", d)
	}
}

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		Fold("Нұрмағамбетова Ақбота Серікқызы")
	}
}

func BenchmarkPersonKey(b *testing.B) {
	n := Name{"Нұрмағамбетова", "Ақбота", "Серікқызы"}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			PersonKey("kk", n)
		}
	})
}

func BenchmarkQuery(b *testing.B) {
	for b.Loop() {
		Query("Qyzylorda Aıgúl")
	}
}
