package ui_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"odaq/internal/platform/ui"
)

// The pages of the gallery: texts of realistic length, all people and numbers invented.
var pages = map[string]templ.Component{
	"overview":  overview(),
	"home":      home(),
	"agreement": agreement(),
	"register":  register(),
	"form":      form(),
	"question":  question(),
	"booth":     booth(),
	"done":      done(),
}

// in fills a frame with its children.
func in(frame templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return frame.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func div(class string, children ...templ.Component) templ.Component {
	return templ.Join(templ.Raw(`<div class="`+class+`">`), templ.Join(children...), templ.Raw("</div>"))
}

func html(s string) templ.Component { return templ.Raw(s) }

var langs = map[string]string{"kk": "Тіл", "ru": "Язык"}

func words(current string) []ui.LangLink {
	all := []ui.LangLink{{Lang: "kk", Label: "Қазақша", Short: "Қаз"}, {Lang: "ru", Label: "Русский", Short: "Рус"}, {Lang: "en", Label: "English", Short: "Eng"}}
	for i := range all {
		all[i].Href = "?lang=" + all[i].Lang
		all[i].Current = all[i].Lang == current
	}
	return all
}

func menu(current int, labels ...string) []ui.NavItem {
	var out []ui.NavItem
	for i, l := range labels {
		out = append(out, ui.NavItem{Label: l, Href: "/overview", Current: i == current})
	}
	return out
}

func kk(title string, current int, body templ.Component) ui.Shell {
	return ui.Shell{
		Lang: "kk", Title: title, SkipLabel: "Мазмұнға өту", Brand: "одақ", Tagline: "Кәсіподақтар федерациясы",
		Demo: "Демо-деректер", Langs: words("kk"), LangsLabel: langs["kk"], User: &ui.Link{Label: "Гүлнар С.", Href: "/me"},
		Nav:      menu(current, "Шолу", "Ұйымдар", "Мүшелер", "Басқару", "Сайлау", "Ұсыныстар", "Келісімдер", "Еңбек даулары", "Жалақы", "Қауіпсіздік", "Бағдарламалар"),
		NavLabel: "Негізгі", Body: body,
		Footer: ui.Text("Барлық сандар — ойдан алынған демо-деректер. Карта үлгі ретінде сызылған."),
	}
}

func ru(title string, current int, body templ.Component) ui.Shell {
	return ui.Shell{
		Lang: "ru", Title: title, SkipLabel: "К содержанию", Brand: "одақ", Tagline: "Федерация профсоюзов",
		Demo: "Демо-данные", Langs: words("ru"), LangsLabel: langs["ru"], User: &ui.Link{Label: "Ерлан К.", Href: "/me"},
		Nav:      menu(current, "Обзор", "Организации", "Члены", "Управление", "Выборы", "Предложения", "Соглашения", "Споры", "Зарплата", "Безопасность"),
		NavLabel: "Основная", Body: body,
		Footer: ui.Text("Сравнение составлено автоматически и не заменяет консультацию юриста. Все организации, номера и значения вымышлены (демо-данные)."),
	}
}

type region struct {
	col, row  int
	code      string
	name      string
	long      string
	was, is   float64
	stepColor int
}

var regions = []region{
	{2, 2, "Ұлы", "Ұлытау", "Ұлытау", 70, 71, 6},
	{3, 2, "Қар", "Қарағанды", "Қарағанды", 67, 68, 5},
	{4, 1, "Пав", "Павлодар", "Павлодар", 64, 66, 5},
	{0, 3, "Маң", "Маңғыстау", "Маңғыстау", 65, 63, 5},
	{0, 2, "Аты", "Атырау", "Атырау", 59, 61, 5},
	{5, 2, "ШҚО", "Шығыс Қаз.", "Шығыс Қазақстан", 55, 58, 4},
	{1, 1, "Қос", "Қостанай", "Қостанай", 54, 57, 4},
	{0, 1, "БҚО", "Батыс Қаз.", "Батыс Қазақстан", 56, 55, 4},
	{1, 2, "Ақт", "Ақтөбе", "Ақтөбе", 49, 52, 4},
	{4, 2, "Абай", "Абай", "Абай", 42, 46, 3},
	{1, 3, "Қыз", "Қызылорда", "Қызылорда", 40, 44, 3},
	{2, 0, "СҚО", "Солт. Қаз.", "Солтүстік Қазақстан", 36, 41, 3},
	{2, 1, "Ақм", "Ақмола", "Ақмола", 37, 39, 2},
	{3, 3, "Жам", "Жамбыл", "Жамбыл", 34, 37, 2},
	{5, 3, "Жет", "Жетісу", "Жетісу", 28, 34, 2},
	{3, 1, "Аст", "Астана", "Астана қ.", 27, 33, 2},
	{4, 3, "Алм", "Алматы обл.", "Алматы", 26, 31, 2},
	{2, 3, "Түр", "Түркістан", "Түркістан", 22, 29, 1},
	{2, 4, "Шым", "Шымкент", "Шымкент қ.", 28, 28, 1},
	{4, 4, "Алқ", "Алматы қ.", "Алматы қ.", 22, 26, 1},
}

func overview() templ.Component {
	target, limit := 60.0, 100.0
	stats := ui.Stats{Items: []ui.Stat{
		{Label: "Мүшелер саны", Value: "1 987 412", Unit: "адам", Delta: "+14 206", Tone: ui.OK, Since: "бір жылда", From: "қар. 2025", To: "қаз. 2026",
			Line: ui.Sparkline{Points: []float64{10, 12, 15, 17, 20, 24, 25, 29, 33, 38, 42, 46}}},
		{Label: "Ұжымдық шартпен қамту", Value: "54,8", Unit: "%", Delta: "+3,1 п.т.", Tone: ui.OK, Since: "бір жылда", From: "қар. 2025", To: "қаз. 2026", Target: "нысана 60",
			Line: ui.Sparkline{Points: []float64{51, 51.2, 51.3, 51.8, 52.3, 52.9, 52.7, 53.2, 53.9, 54.2, 54.5, 54.8}, Target: &target}},
		{Label: "Жалақы берешегі", Href: "/register", Value: "1,94", Unit: "млрд ₸", Delta: "+0,22", Tone: ui.Bad, Since: "бір жылда", From: "қар. 2025", To: "қаз. 2026",
			Line: ui.Sparkline{Points: []float64{1.72, 1.6, 1.55, 1.7, 1.8, 1.66, 1.58, 1.5, 1.62, 1.77, 1.9, 1.94}, Area: true}},
		{Label: "Өндірістегі жарақат", Value: "112", Unit: "оқиға", Delta: "−19", Tone: ui.OK, Since: "бір жылда", From: "қар. 2025", To: "қаз. 2026", Target: "нысана 100",
			Line: ui.Sparkline{Points: []float64{131, 128, 137, 125, 120, 126, 118, 112, 121, 117, 115, 112}, Area: true, Target: &limit}},
	}}
	var tiles []ui.Tile
	var rows []ui.RankRow
	for i, r := range regions {
		if i == 8 {
			rows = append(rows, ui.RankRow{Name: "Ел бойынша", Value: "54,8", Was: 51.7, Is: 54.8, Delta: "+3,1", Tone: ui.OK, All: true})
		}
		tiles = append(tiles, ui.Tile{Col: r.col, Row: r.row, Code: r.code, Label: r.name, Value: fmt.Sprint(r.is), Step: r.stepColor, Href: "/register"})
		delta, tone := fmt.Sprintf("+%g", r.is-r.was), ui.OK
		switch {
		case r.is < r.was:
			delta, tone = fmt.Sprintf("−%g", r.was-r.is), ui.Bad
		case r.is == r.was:
			delta, tone = "0", ui.Plain
		}
		rows = append(rows, ui.RankRow{Name: r.long, Href: "/register", Step: r.stepColor, Value: fmt.Sprint(r.is), Was: r.was, Is: r.is, Delta: delta, Tone: tone})
	}
	ramp := []ui.LegendStep{{Step: 1, Label: "< 30"}, {Step: 2, Label: "30–39"}, {Step: 3, Label: "40–49"}, {Step: 4, Label: "50–59"}, {Step: 5, Label: "60–69"}, {Step: 6, Label: "≥ 70"}}
	tileMap := ui.TileMap{ID: "map", Title: "Өңірлер картасы: ұжымдық шартпен қамту, %", Desc: "Ең жоғары — Ұлытау (71 %), ең төмен — Алматы қаласы (26 %). Барлық мәндер кестеде.", Tiles: tiles, Legend: ramp, LegendLabel: "Түс шкаласы, %"}
	rank := ui.RankTable{Caption: "Өңірлер бойынша ұжымдық шартпен қамту", NameLabel: "Өңір", ValueLabel: "%", PlotLabel: "Өзгеріс", WasLabel: "2025", IsLabel: "2026", DeltaLabel: "± п.т.",
		Min: 20, Max: 75, Mean: 54.8, Rows: rows, Note: "Тік сызық — ел бойынша орташа. Қызыл — төмендеді."}
	attention := ui.TaskList{Items: []ui.Task{
		{Label: "Жетісу облыстық кеңесі: төраға сайлауының хаттамасы тіркелмеген", Href: "/register", Hint: "Сайлау · 5 күн кешікті", Tag: ui.Tag{Label: "Мерзімі өтті", Tone: ui.Bad}},
		{Label: "Көлік саласы келісімінің мерзімі 3 желтоқсанда аяқталады", Href: "/agreement", Hint: "Келісім · келіссөз басталған", Tag: ui.Tag{Label: "12 күн", Tone: ui.Warn}},
		{Label: "«Сарыарқа-Мыс» ЖШС: татуластыру комиссиясының жауабы күтілуде", Href: "/register", Hint: "Еңбек дауы · 1 240 жұмыскер", Tag: ui.Tag{Label: "3 күн", Tone: ui.Warn}},
		{Label: "Түнгі ауысымға жеткізу көлігі — 6 өңірден 418 ұқсас ұсыныс", Href: "/register", Hint: "Ұсыныс · топтастыру керек", Tag: ui.Tag{Label: "Жаңа", Tone: ui.Info}},
	}}
	bar := func(name, share string, n ...float64) ui.BarRow {
		shades := []ui.Shade{ui.Dark, ui.Light, ui.Amber, ui.Red}
		var b ui.Bar
		for i, v := range n {
			b.Parts = append(b.Parts, ui.Part{Value: v, Label: fmt.Sprint(v), Shade: shades[i]})
		}
		b.Label = fmt.Sprintf("Орындалды %v, мерзімінде %v, тәуекел %v, кешікті %v", n[0], n[1], n[2], n[3])
		return ui.BarRow{Name: name, Href: "/register", Bar: b, Value: share}
	}
	programmes := ui.BarTable{Caption: "Бағдарламалардың орындалуы", NameLabel: "Бағдарлама", BarLabel: "Күйі", ValueLabel: "Орындалды",
		Rows: []ui.BarRow{
			bar("Лайықты еңбек ұлттық бағдарламасы", "56 %", 18, 9, 4, 1), bar("Жаңғырту жол картасы", "67 %", 22, 6, 2, 3),
			bar("Бас келісім 2024–2026", "39 %", 11, 14, 3, 0), bar("Стратегия: сандық шешімдер", "50 %", 7, 5, 1, 1),
		},
		Key: ui.Key{Items: []ui.KeyItem{{ui.Dark, "Орындалды"}, {ui.Light, "Мерзімінде"}, {ui.Amber, "Тәуекел бар"}, {ui.Red, "Кешікті"}}}}
	voices := div("stack",
		ui.Counts{Bare: true, Items: []ui.Amount{{Value: "41 286", Label: "түсті"}, {Value: "38 902", Label: "қаралды"}, {Value: "9 417", Label: "жұмысқа алынды"}, {Value: "6 150", Label: "орындалды"}}},
		ui.Bar{Label: "Орындалғаны жұмысқа алынғанның 65 пайызы", Parts: []ui.Part{{6150, "орындалды 65 %", ui.Dark}, {3267, "орындалуда", ui.Light}}},
		html(`<p class="small muted">Әр ұсыныстың тағдыры ашық: кім жауапты, қай мерзімге дейін, неге орындалмады — <a href="/register">себептерімен 1 904 ұсыныс қабылданбады</a>.</p>`))
	body := templ.Join(
		in(ui.Opening(ui.Hero{Title: "Федерация бойынша шолу", Tools: templ.Join(
			ui.Button{Label: "Қазан 2026 ▾", Href: "/overview", Kind: ui.Quiet}, ui.Button{Label: "PDF", Href: "/overview.pdf", Kind: ui.Quiet, Download: true}, ui.Button{Label: "XLSX", Href: "/overview.xlsx", Kind: ui.Quiet, Download: true})}),
			in(ui.Lead(), html(`<b>1 987 412</b> мүше <b>18 043</b> бастауыш ұйымда біріккен. Қазан айында ұжымдық шартпен қамту <b>54,8 %-ға</b> жетті, ал жалақы берешегі <a href="/register">екінші ай қатарынан өсті</a>.`))),
		div("stack-l", stats,
			in(ui.Section(ui.Head{ID: "s-map", Title: "Өңірлер бойынша", Side: ui.Link{Label: "20 өңір · 14 қарашада жаңартылды"}}),
				div("split",
					div("stack-l", div("", ui.Tabs{Label: "Көрсеткіш", Items: menu(0, "Ұжымдық шартпен қамту", "Кәсіподақ мүшелігі", "Жалақы берешегі", "Жарақаттану")}, tileMap),
						in(ui.Section(ui.Head{ID: "s-att", Title: "Назар аударыңыз", Side: ui.Link{Label: "Барлығы 27", Href: "/register"}}), attention)),
					div("stack-s", rank))),
			div("pair",
				in(ui.Section(ui.Head{ID: "s-com", Title: "Міндеттемелердің орындалуы", Side: ui.Link{Label: "107 міндеттеме", Href: "/register"}}), programmes),
				in(ui.Section(ui.Head{ID: "s-voc", Title: "Жұмыскерлердің ұсыныстары, 2026 жыл", Side: ui.Link{Label: "Ашық тізілім", Href: "/register"}}), voices)),
		))
	return kk("Федерация бойынша шолу", 0, body)
}

// code draws a QR code as an SVG.
func code(text, label string) templ.Component {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		panic(err)
	}
	var d strings.Builder
	for y := range c.Size {
		for x := range c.Size {
			if c.Black(x, y) {
				fmt.Fprintf(&d, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	return html(fmt.Sprintf(`<svg viewBox="-3 -3 %d %d" shape-rendering="crispEdges" role="img" aria-label="%s"><path fill="#fff" d="M-3-3h99v99h-99z"/><path d="%s"/></svg>`, c.Size+6, c.Size+6, label, d.String()))
}

func home() templ.Component {
	life := ui.Timeline{Events: []ui.Event{
		{State: ui.Done, Title: "Қабылданды", When: "12 қыркүйек", Datetime: "2026-09-12"},
		{State: ui.Done, Title: "Цех комитеті қолдады, тағы 64 адам қосылды", When: "19 қыркүйек", Datetime: "2026-09-19"},
		{State: ui.Now, Title: "Жұмыс беруші жоспарына енді", When: "Жауапты: инженер Б. Оспанов · 15 желтоқсанға дейін"},
		{Title: "Орындалды", When: "Сіз растайсыз"},
	}}
	body := div("phone stack-l",
		div("stack", in(ui.Opening(ui.Hero{Title: "Қайырлы күн, Айгүл"})),
			ui.Card{Title: "Мүшелік билет", Status: "Жарамды · 31.12.2026 дейін", Valid: true, Name: "Айгүл Сейітқызы Нұрланова",
				Fields: []ui.Term{{Label: "Мүше нөмірі", Value: "7001 8245 06"}, {Label: "Бастауыш ұйым", Value: "«Үлгі» комбинаты, № 3 цех"}},
				QR:     code("ODAQ1:7001824506:20261231:0123456789abcdefghijklmnopqrstuvwxyz", "Билеттің QR-коды"), Foot: "Интернетсіз де жұмыс істейді", Action: ui.Link{Label: "QR-ды үлкейту", Href: "/card"}}),
		ui.Callout{ID: "b1", Tag: ui.Tag{Label: "3 күн қалды", Tone: ui.Warn}, Title: "Цех комитетінің төрағасын сайлау", Text: "3 үміткер · дауыс беру 24 қараша, 18:00-де аяқталады",
			Icon: "lock", Note: "Құпия. Дауысыңыздың есептелгенін өзіңіз тексере аласыз.", Action: ui.Button{Label: "Дауыс беру", Href: "/booth", Big: true}},
		in(ui.Section(ui.Head{ID: "r1", Title: "Менің құқықтарым", Side: ui.Link{Label: "14 норма", Href: "/agreement"}}), ui.Facts{Items: []ui.Fact{
			{Value: "+60 %", Label: "Түнгі ауысым үшін қосымша ақы", Href: "/agreement", Note: "Салалық келісім, 5.3-тармақ"},
			{Value: "12 күн", Unit: "ақылы", Label: "Зиянды еңбек үшін қосымша демалыс", Href: "/agreement", Note: "Ұжымдық шарт, 4.7-тармақ"},
			{Value: "1 рет", Unit: "жылына", Label: "Жалақыны инфляцияға қарай индекстеу", Href: "/agreement", Note: "Ұжымдық шарт, 3.2-тармақ"}}}),
		in(ui.Section(ui.Head{ID: "s1", Title: "Менің ұсыныстарым", Side: ui.Link{Label: "Жаңа ұсыныс", Href: "/question"}}),
			ui.Case{Title: "Душ бөлмесіне жылы су мен желдету керек", Href: "/register", Tag: ui.Tag{Label: "Орындалуда", Tone: ui.Info}, Timeline: life}),
		ui.Standing{Title: "Мүшелік жарна", Text: "Қазан айы төленді", Tag: ui.Tag{Label: "Берешек жоқ", Tone: ui.OK, Icon: "check"}})
	s := kk("Басты бет", 0, body)
	s.Demo, s.TabsLabel = "Демо", "Жылдам мәзір"
	s.Tabs = []ui.TabItem{{Icon: "home", Label: "Басты", Href: "/home", Current: true}, {Icon: "scale", Label: "Құқықтар", Href: "/agreement"}, {Icon: "message", Label: "Ұсыныс", Href: "/question"},
		{Icon: "ballot", Label: "Сайлау", Href: "/booth", Badge: "1", BadgeLabel: "ашық дауыс беру:"}, {Icon: "help", Label: "Көмек", Href: "/help"}}
	return s
}

func agreement() templ.Component {
	c := func(text, note string, mark ui.Mark) ui.Cell {
		vh := ""
		switch mark {
		case ui.Best:
			vh = "действует"
		case ui.Low:
			vh = "не применяется"
		}
		return ui.Cell{Text: text, Note: note, Mark: mark, VH: vh}
	}
	no := ui.Cell{Text: "·", Mark: ui.None, VH: "не регулирует"}
	name := func(text, note string) ui.Cell { return ui.Cell{Text: text, Href: "/agreement", Note: note} }
	result := func(word string, tone ui.Tone, note string) ui.Cell {
		return ui.Cell{Tag: &ui.Tag{Label: word, Tone: tone}, Note: note}
	}
	norms := ui.Table{ID: "norms", Caption: "Нормы договора и вышестоящих соглашений",
		Cols: []ui.Col{{Label: "Норма"}, {Label: "Трудовой кодекс", Note: "закон"}, {Label: "Генеральное", Note: "2024–2026"}, {Label: "Отраслевое", Note: "ГМК, 2024–2026"}, {Label: "Региональное", Note: "Карагандинская обл."}, {Label: "Этот договор", Note: "2025–2027, ред. 2", This: true}, {Label: "Итог для работника"}},
		Rows: [][]ui.Cell{
			{name("Минимальная ставка 1-го разряда", "Оплата труда"), c("85 000 ₸", "1 МЗП", ""), no, c("113 050 ₸", "1,33 МЗП · 3.1", ""), no, c("119 000 ₸", "1,4 МЗП · 3.1", ui.Best), result("Лучше", ui.OK, "выше отраслевого на 5 950 ₸")},
			{name("Доплата за ночную смену", "Оплата труда"), c("×1,5", "ст. 110", ""), no, c("+60 %", "5.3", ui.Best), no, c("+50 %", "4.2", ui.Low), result("Ниже нормы", ui.Bad, "ниже отраслевого: действует +60 %")},
			{name("Индексация зарплаты", "Оплата труда"), c("по договору", "ст. 107", ""), c("1 раз в год", "п. 14", ""), c("1 раз в год", "не ниже ИПЦ · 3.4", ""), no, c("1 раз в год", "не ниже ИПЦ · 3.2", ui.Best), result("Наравне", ui.Plain, "на уровне отраслевого")},
			{name("Обучение по охране труда", "Безопасность"), c("1 раз в год", "ст. 182", ""), no, c("1 раз в год", "8.1", ""), c("2 раза в год", "п. 22", ui.Best), c("не указано", "", ""), result("Пробел", ui.Warn, "пробел: действует региональное")},
		}}
	life := in(ui.SideHead("Жизнь договора"), ui.Timeline{Events: []ui.Event{
		{State: ui.Done, Title: "Переговоры начаты", When: "2 октября 2024", Datetime: "2024-10-02"},
		{State: ui.Done, Title: "Подписан", When: "18 декабря 2024", Datetime: "2024-12-18"},
		{State: ui.Done, Title: "Зарегистрирован, № 147-К", Href: "/register", When: "9 января 2025", Datetime: "2025-01-09"},
		{State: ui.Now, Title: "Действует, редакция 2", When: "изменён 4 июня 2026", Datetime: "2026-06-04"},
		{Title: "Срок истекает", When: "31 декабря 2027", Datetime: "2027-12-31", Note: "напомнить за 90 дней"}}})
	old := "4.7. Работникам, занятым на тяжёлых работах и работах с вредными условиями труда, предоставляется дополнительный оплачиваемый отпуск не менее шести календарных дней."
	now := "4.7. Работникам, занятым на работах с вредными и опасными условиями труда, предоставляется дополнительный оплачиваемый отпуск двенадцать календарных дней.\nОтпуск предоставляется и работникам подрядных организаций, занятым на участке дробления."
	change := ui.Diff{Title: "Пункт 4.7. Отпуск за вредные условия труда", Meta: "ред. 1 → ред. 2, 4 июня 2026", Lang: "ru", Old: old, New: now, OldLabel: "Редакция 1", NewLabel: "Редакция 2",
		WhyLabel: "Основание:", Why: ui.Text("64 предложения работников цеха № 3 → решение комиссии от 28 мая 2026, протокол № 6")}
	sides := change
	sides.Side = true
	body := templ.Join(
		in(ui.Opening(ui.Hero{Title: "Коллективный договор комбината «Үлгі» на 2025–2027 годы", Aside: life}),
			in(ui.Lead(), html(`Распространяется на <b>3 412 работников</b>. Из 38 норм 21 лучше отраслевого соглашения, две — ниже: вместо них действует соглашение.`)),
			ui.Counts{Items: []ui.Amount{{Value: "21", Label: "лучше вышестоящих", Tone: ui.OK}, {Value: "12", Label: "наравне"}, {Value: "2", Label: "ниже — не применяются", Tone: ui.Bad}, {Value: "3", Label: "пробела", Tone: ui.Warn}}}),
		div("stack-l",
			in(ui.Section(ui.Head{ID: "nm", Title: "Нормы и вышестоящие соглашения", Side: ui.Link{Label: "Показаны 4 из 38"}}),
				div("stack",
					ui.Notice{Tone: ui.Bad, Title: "п. 4.2 «Доплата за ночную смену» ниже отраслевого соглашения", Text: "Договор не может ухудшать положение работника: до исправления действует +60 % (отраслевое соглашение, 5.3).", Action: &ui.Button{Label: "Подготовить изменение", Href: "/form"}},
					ui.Filter{Label: "Отбор норм", Action: "/agreement", Submit: "Показать", Fields: []ui.FilterField{
						{Name: "part", Label: "Раздел", Type: "select", Half: true, Options: []ui.Option{{Label: "Все разделы"}, {Value: "pay", Label: "Оплата труда"}}},
						{Name: "state", Label: "Сравнение", Type: "select", Half: true, Options: []ui.Option{{Label: "Все нормы"}}}, {Name: "q", Label: "Найти норму", Type: "search"}},
						Tools: templ.Join(ui.Button{Label: "PDF", Href: "/a.pdf", Kind: ui.Quiet}, ui.Button{Label: "XLSX", Href: "/a.xlsx", Kind: ui.Quiet}, ui.Button{Label: "CSV", Href: "/a.csv", Kind: ui.Quiet})},
					in(ui.Scroll("nm"), norms),
					ui.MarksKey("норма, которая действует", "не применяется: ухудшает положение", "уровень не регулирует"))),
			div("aside",
				in(ui.Section(ui.Head{ID: "df", Title: "Что изменилось в редакции 2", Side: ui.Link{Label: "рядом", Href: "/agreement?view=side"}}), change),
				in(ui.Section(ui.Head{ID: "pt", Title: "Стороны"}), html(`<ul class="party"><li><b>Работодатель</b><br>ТОО «Комбинат Үлгі»<br><span class="small muted">С. Ахметов, генеральный директор</span></li><li><b>Работники</b><br>Профсоюзный комитет<br><span class="small muted">Е. Касымов, председатель</span></li></ul>`))),
			in(ui.Section(ui.Head{ID: "sd", Title: "Редакции рядом"}), sides),
			in(ui.Section(ui.Head{ID: "cm", Title: "Было и стало"}), ui.Compare{Caption: "Изменение норм", NameLabel: "Норма", OldLabel: "Редакция 1", NewLabel: "Редакция 2", DiffLabel: "Разница", Rows: []ui.CompareRow{
				{"Отпуск за вредные условия", "6 дней", "12 дней", "+6 дней", ui.OK}, {"Аванс", "до 20 числа", "до 22 числа", "на 2 дня позже", ui.Bad}}}),
			in(ui.Section(ui.Head{ID: "hs", Title: "Ход переговоров"}), ui.History{Items: []ui.HistoryItem{
				{When: "28 мая 2026, 15:20", Datetime: "2026-05-28T15:20+05:00", Title: "Комиссия приняла изменение пункта 4.7", Href: "/register", By: "Протокол № 6, за — 7, против — 0", Tag: &ui.Tag{Label: "Принято", Tone: ui.OK}, Changes: []ui.Change{{"Дней отпуска", "6", "12"}, {"Круг лиц", "", "и подрядчики"}}},
				{When: "12 мая 2026", Datetime: "2026-05-12", Title: "Работодатель прислал возражение", By: "С. Ахметов, генеральный директор", Text: "Просит отсрочить распространение на подрядные организации до начала следующего года."}}}),
		))
	s := ru("Коллективный договор «Үлгі» 2025–2027", 6, body)
	s.Crumbs = ui.Crumbs{Label: "Путь", Items: []ui.Link{{Label: "Соглашения", Href: "/register"}, {Label: "Горно-металлургическая отрасль", Href: "/register"}, {Label: "Комбинат «Үлгі»"}}}
	return s
}

func register() templ.Component {
	people := ui.Table{ID: "people", Caption: "Ұйым мүшелері", Brief: true,
		Cols: []ui.Col{{Label: "Аты-жөні", Sort: &ui.Sort{Href: "?sort=-name", Dir: "ascending"}}, {Label: "Мүше нөмірі"}, {Label: "Бастауыш ұйым", Sort: &ui.Sort{Href: "?sort=org"}}, {Label: "Мүше болған күні", Sort: &ui.Sort{Href: "?sort=since"}}, {Label: "Жарна, ₸", Num: true}, {Label: "Күйі"}},
		Rows: [][]ui.Cell{
			{{Text: "Әбенова Әлия Маратқызы", Href: "/home"}, {Text: "7001 8245 06"}, {Text: "«Үлгі» комбинаты, № 3 цех", Note: "Тау-кен металлургия саласы"}, {Text: "12.03.2019"}, {Text: "3 240"}, {Tag: &ui.Tag{Label: "Мүше", Tone: ui.OK}}},
			{{Text: "Ғабитов Ерлан Серікұлы", Href: "/home"}, {Text: "7001 8245 14"}, {Text: "Қарағанды көлік паркі"}, {Text: "02.09.2021"}, {Text: "2 115"}, {Tag: &ui.Tag{Label: "Жарна кешікті", Tone: ui.Warn}}},
			{{Text: "Үсенбаева Гүлнар Қанатқызы", Href: "/home"}, {Text: "7001 8245 22"}, {Text: "№ 14 мектеп-лицей"}, {Text: "28.01.2024"}, {Text: "1 980", Body: ui.DotPlot{Was: 1800, Is: 1980, Mean: 2400, Min: 1000, Max: 4000}}, {Tag: &ui.Tag{Label: "Ауысуда", Tone: ui.Info}}},
		}}
	tree := ui.Tree{Label: "Ұйымдар", Nodes: []ui.Node{{Label: "Тау-кен металлургия кәсіподағы", Href: "/register", Meta: "148 204 мүше", Open: true, Children: []ui.Node{
		{Label: "Қарағанды облыстық ұйымы", Href: "/register", Meta: "61 377 мүше", Open: true, Tags: []ui.Tag{{Label: "2 мерзімі өткен іс", Tone: ui.Bad}}, Children: []ui.Node{
			{Label: "«Үлгі» комбинатының кәсіподақ комитеті", Href: "/register", Meta: "3 412 мүше"}, {Label: "«Сарыарқа-Мыс» кәсіподақ комитеті", Href: "/register", Meta: "1 240 мүше"}}, More: &ui.Link{Label: "Тағы 48 ұйым", Href: "/register?more=1"}},
		{Label: "Ұлытау облыстық ұйымы", Href: "/register", Meta: "24 118 мүше", More: &ui.Link{Label: "36 ұйымды көрсету", Href: "/register?more=2"}}}}}}
	body := templ.Join(
		in(ui.Opening(ui.Hero{Eyebrow: "Тау-кен металлургия саласы", Title: "Мүшелер", Tools: templ.Join(ui.Button{Label: "Мүше қабылдау", Href: "/form", Icon: "plus"}, ui.Button{Label: "Басып шығару", Kind: ui.Quiet, Print: true}, ui.More{Label: "Тағы", Items: []ui.Link{{Label: "Тізімді файлға шығару", Href: "/p.xlsx"}, {Label: "Файлдан енгізу", Href: "/form"}}})}),
			in(ui.Lead(), html(`Бұл ұйымда <b>3 412 мүше</b> бар; биыл 96 адам қосылды, 31 адам шықты.`))),
		div("stack-l",
			templ.Join(
				ui.Filter{Label: "Іздеу", Action: "/register", Target: "found", Submit: "Көрсету", Hidden: ui.Hiddens{{Name: "sort", Value: "name"}}, Reset: &ui.Link{Label: "Тазалау", Href: "/register"},
					Fields: []ui.FilterField{{Name: "q", Label: "Аты-жөні немесе нөмірі", Type: "search"}, {Name: "state", Label: "Күйі", Type: "select", Half: true, Options: []ui.Option{{Label: "Барлығы"}, {Value: "m", Label: "Мүше"}}}, {Name: "since", Label: "Қай күннен", Type: "date", Half: true}}},
				div("stack-s", html(`<div id="found" class="stack-s">`), ui.Count{Text: "3 412 мүшенің 3-еуі көрсетілген"}, people,
					ui.Pager{Label: "Беттер", Count: "1–3 / 3 412", Prev: &ui.Link{Label: "Алдыңғы", Href: "?before=a"}, Next: &ui.Link{Label: "Келесі", Href: "?after=b"}}, html(`</div>`))),
			in(ui.Section(ui.Head{ID: "tr", Title: "Ұйымдар ағашы"}), tree),
			in(ui.Section(ui.Head{ID: "im", Title: "Файлдан енгізу"}), div("measure", ui.Progress{ID: "work", Href: "/register", Title: "Мүшелер енгізілуде: «2026-қараша.xlsx»", Done: 12400, Total: 48210, Line: "48 210 жолдың 12 400-і", Rate: "секундына 1 900 жол", Left: "шамамен 19 секунд қалды", Running: true,
				Counts: ui.Counts{Items: []ui.Amount{{Value: "11 962", Label: "қосылды", Tone: ui.OK}, {Value: "403", Label: "өзгерді"}, {Value: "35", Label: "қабылданбады", Tone: ui.Bad, Href: "/register?bad=1"}}}})),
			in(ui.Section(ui.Head{ID: "em", Title: "Өтініштер"}), ui.Table{Caption: "Өтініштер", Empty: &ui.Empty{Title: "Қаралмаған өтініш жоқ", Text: "Жаңа өтініш түскенде осы жерде көрінеді, сізге хабарлама келеді.", Action: &ui.Button{Label: "Шақыру сілтемесін алу", Href: "/form", Kind: ui.Quiet}}}),
			in(ui.Section(ui.Head{ID: "bm", Title: "Импортталған шекаралар"}), div("measure", ui.BoundaryMap{ID: "bnd", Title: "Үш аймақтың картасы", Desc: "Солтүстік 41, оңтүстік 29, қала 26.", ViewBox: "0 0 400 220", Credit: "Шекаралар: үлгі сызба.",
				Regions: []ui.Region{{Path: "M10 10H390V105L250 120 10 100Z", X: 200, Y: 55, Label: "Солтүстік", Value: "41", Step: 5}, {Path: "M10 100 250 120 390 105V210H10Z", X: 160, Y: 155, Label: "Оңтүстік", Value: "29", Step: 2}, {X: 320, Y: 160, Label: "Қала", Value: "26", Step: 1}}})),
			in(ui.Fold("why", "Неге кейбір мүшелер көрінбейді?", false), html(`<p>Сіз тек өз ұйымыңыздың мүшелерін көре аласыз.</p>`)),
		))
	s := kk("Мүшелер", 2, body)
	s.AsOf = &ui.AsOf{Text: "Федерация 2025 жылғы 1 қаңтардағы күйінде көрсетілген", Back: ui.Link{Label: "Бүгінге оралу", Href: "/register"}}
	s.Flash = &ui.Flash{Tone: ui.OK, Text: "Өтініш қабылданды: Әбенова Әлия Маратқызы мүшелікке алынды."}
	s.Crumbs = ui.Crumbs{Label: "Жол", Items: []ui.Link{{Label: "Ұйымдар", Href: "/register"}, {Label: "«Үлгі» комбинаты", Href: "/register"}, {Label: "Мүшелер"}}}
	s.Wide, s.NoIndex, s.Refresh = true, true, 5
	return s
}

func form() templ.Component {
	tag := "Ошибка:"
	fields := templ.Join(
		ui.Input{Field: ui.Field{Name: "name", Label: "Фамилия, имя, отчество", Hint: "Как в удостоверении личности"}, Value: "Нұрланова Айгүл Сейітқызы", Autocomplete: "name", Width: ui.W20},
		ui.Input{Field: ui.Field{Name: "iin", Label: "ИИН", Error: "Введите 12 цифр: сейчас их 11", ErrorTag: tag}, Value: "90010130012", InputMode: "numeric", MaxLength: 12, Width: ui.W10},
		ui.Input{Field: ui.Field{Name: "fee", Label: "Взнос в месяц", Optional: "(необязательно)"}, Value: "3 240", InputMode: "decimal", Width: ui.W10, Suffix: "₸"},
		ui.DateField{Field: ui.Field{Name: "day", Label: "День вступления", Error: "День не может быть в будущем", ErrorTag: tag}, Value: "2026-12-24", Max: "2026-11-22"},
		ui.Select{Field: ui.Field{Name: "org", Label: "Первичная организация"}, Value: "3", Options: []ui.Option{{Value: "2", Label: "Карагандинский транспортный парк"}, {Value: "3", Label: "Комбинат «Үлгі», цех № 3"}}},
		ui.Radios{Field: ui.Field{Name: "lang", Label: "На каком языке писать человеку"}, Value: "kk", Row: true, Options: []ui.Option{{Value: "kk", Label: "Қазақша"}, {Value: "ru", Label: "Русский"}}},
		ui.Checkboxes{Field: ui.Field{Name: "by", Label: "Как сообщать о решениях", Hint: "Можно выбрать несколько"}, Values: []string{"sms"}, Options: []ui.Option{{Value: "sms", Label: "SMS", Hint: "На номер, указанный в заявлении"}, {Value: "mail", Label: "Электронная почта"}}},
		in(ui.FieldGroup("g-more", "Дополнительно"), ui.Textarea{Field: ui.Field{Name: "note", Label: "Примечание", Optional: "(необязательно)"}, Value: "Переведена из цеха № 1", Rows: 4, MaxLength: 2000}),
		ui.FileField{Field: ui.Field{Name: "scan", Label: "Заявление", Hint: "PDF или фото, до 10 МБ"}, Accept: ".pdf,.jpg,.png"},
		ui.Checkbox{Field: ui.Field{Name: "consent", Label: "Человек дал письменное согласие на обработку данных", Hint: "Без согласия принять нельзя", Error: "Отметьте согласие или не принимайте заявление", ErrorTag: tag}},
	)
	body := templ.Join(
		in(ui.Opening(ui.Hero{Title: "Приём в члены профсоюза"}), ui.Steps{Label: "Шаг 2 из 4", Items: []string{"Человек", "Данные", "Проверка", "Готово"}, Current: 1}),
		div("aside",
			div("", ui.ErrorSummary{Title: "Исправьте три поля", Items: []ui.FieldError{{"iin", "Введите 12 цифр ИИН: сейчас их 11"}, {"day", "День вступления не может быть в будущем"}, {"consent", "Отметьте согласие или не принимайте заявление"}}},
				in(ui.Form(ui.FormSpec{Files: true, Hidden: ui.Hiddens{{Name: "csrf", Value: "x"}}, Submit: ui.Button{Label: "Продолжить"}, More: []ui.Button{{Label: "Сохранить черновик", Kind: ui.Quiet, Name: "draft", Value: "1"}}, Cancel: &ui.Link{Label: "Отмена", Href: "/register"}}), fields)),
			div("stack-l",
				in(ui.Section(ui.Head{ID: "ck", Title: "Проверьте ответы"}), ui.SummaryList{Items: []ui.Term{
					{Label: "Имя", Value: "Нұрланова Айгүл Сейітқызы", Act: &ui.Link{Label: "Изменить", Href: "#f-name"}, ActOf: "имя"},
					{Label: "Организация", Value: "Комбинат «Үлгі», цех № 3", Link: "/register", Act: &ui.Link{Label: "Изменить", Href: "#f-org"}, ActOf: "организацию"}}}),
				in(ui.Section(ui.Head{ID: "wy", Title: "Что можно сделать"}), ui.Ways{Items: []ui.Link{{Label: "Перевести в другую организацию", Href: "/form"}, {Label: "Прекратить членство", Href: "/form"}}}),
				in(ui.Panel("Быстрые действия"), div("tools",
					ui.PostButton{Action: "/form", Hidden: ui.Hiddens{{Name: "csrf", Value: "x"}}, Button: ui.Button{Label: "Отклонить", More: "заявление", Kind: ui.Danger}},
					ui.Button{Label: "Срочно", Href: "/question", Kind: ui.Gold, Icon: ui.Icon("warning")}, ui.Button{Label: "Недоступно", Kind: ui.Quiet, Disabled: true})),
				ui.Notice{Tone: ui.Warn, Title: "Взносы удерживаются по заявлению", Body: html(`<p>Бухгалтерия увидит только само <a href="/form">заявление об удержании</a>, а не членство.</p>`)},
				ui.Notice{Tone: ui.OK, Text: "Черновик сохранён в 14:05."}, ui.Notice{Title: "Данные проверит председатель", Text: "Обычно это занимает один рабочий день."})))
	s := ru("Ошибка: Приём в члены профсоюза", 2, body)
	s.Flash = &ui.Flash{Tone: ui.Bad, Text: "Заявление не отправлено: в трёх полях ошибки."}
	return s
}

func question() templ.Component {
	return kk("Қайда жұмыс істейсіз?", 5, div("measure", in(ui.Opening(ui.Hero{Eyebrow: "Жаңа ұсыныс"}),
		html("")), in(ui.Form(ui.FormSpec{Submit: ui.Button{Label: "Әрі қарай"}, Cancel: &ui.Link{Label: "Артқа", Href: "/home"}}),
		ui.Radios{Field: ui.Field{Name: "place", Label: "Ұсынысыңыз қай жерге қатысты?", Hint: "Бір жауапты таңдаңыз", Page: true}, Options: []ui.Option{{Value: "shop", Label: "Менің цехым", Hint: "№ 3 цех"}, {Value: "plant", Label: "Бүкіл комбинат"}, {Value: "all", Label: "Сала немесе ел"}}})))
}

func booth() templ.Component {
	body := div("stack",
		ui.Steps{Label: "Шаг 3 из 4", Items: []string{"Кандидаты", "Выбор", "Проверка", "Готово"}, Current: 2},
		html(`<p class="muted small">Выборы председателя комитета цеха № 3 <span class="demo">Демо</span></p><h1>Проверьте свой выбор</h1>`),
		ui.Choice{Label: "Ваш выбор", Question: "Председатель, 1 из 3 кандидатов", Change: ui.Link{Label: "Изменить", Href: "/booth"}, ChangeOf: "выбор", Answer: "Ербол Тілеубеков", Note: "Мастер участка дробления, стаж 14 лет"},
		in(ui.Unsent(), ui.Text("Голос ещё не отправлен")), ui.Button{Label: "Отправить голос", Href: "/done", Big: true}, ui.Button{Label: "Вернуться к выбору", Href: "/booth", Big: true, Kind: ui.Quiet},
		ui.Tracker{ID: "t", Quiet: true, Title: "Контрольный код этого бюллетеня", Strong: "K7QF 2M9X T4HB", Rest: "wPz3 R8sn LcV0 aYdE q51J uKfG 7hTm XoZ", Text: "После отправки код появится в открытом списке. Он не раскрывает, за кого вы голосовали."},
		html(`<p class="note small">Голосуйте наедине. Если на вас давят, отправьте голос сейчас, а потом проголосуйте ещё раз до 24 ноября, 18:00 — засчитается только последний.</p>`),
		div("", in(ui.Fold("", "Как защищён мой голос", false), html(`<p>Телефон зашифровал выбор до отправки.</p>`)), in(ui.Fold("", "Проверить само шифрование", false), html(`<p>Приложение раскроет этот бюллетень для проверки и удалит его.</p>`))))
	return ui.Booth{Lang: "ru", Title: "Проверьте свой выбор", Heading: "Кабина для голосования", Exit: ui.Link{Label: "Выйти", Href: "/home"}, Body: body}
}

func done() templ.Component {
	body := div("stack",
		ui.Steps{Label: "Шаг 4 из 4", Items: []string{"Кандидаты", "Выбор", "Проверка", "Готово"}, Current: 3},
		in(ui.Accepted("Голос принят"), html(`<p>21 ноября 2026 года, 19:42. Выборы председателя комитета цеха № 3.</p>`)),
		ui.Tracker{ID: "t", Title: "Сохраните контрольный код", Strong: "K7QF 2M9X T4HB", Rest: "wPz3 R8sn LcV0 aYdE q51J uKfG 7hTm XoZ", Actions: templ.Join(ui.Copy{Of: "t-c", Label: "Копировать", Done: "Скопировано"}, ui.Button{Label: "Печать", Icon: "print", Kind: ui.Quiet, Print: true})},
		html(`<h2>Что дальше</h2>`),
		in(ui.NextSteps(), html(`<li><span><b><a href="/register">Найти мой бюллетень в списке</a></b><span class="small muted">Список открыт всем: 1 204 бюллетеня на эту минуту</span></span></li><li><span><b>Передумали?</b> Можно проголосовать ещё раз до 24 ноября, 18:00</span></li>`)),
		html(`<p class="small muted">Это не квитанция о выборе: код подтверждает только то, что бюллетень принят.</p>`),
		ui.Button{Label: "На главную", Href: "/home", Kind: ui.Quiet, Big: true})
	return ui.Booth{Lang: "ru", Title: "Голос принят", Heading: "Кабина для голосования", Exit: ui.Link{Label: "Выйти", Href: "/home"}, Scripts: []string{"app.js"}, Body: body}
}
