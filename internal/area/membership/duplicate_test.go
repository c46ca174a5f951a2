package membership_test

import (
	"context"
	"testing"

	"odaq/internal/area/membership"
	"odaq/internal/kernel/access"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

// as is an account with a role.
func (o *office) as(t testing.TB, role access.Role, at id.ID) context.Context {
	t.Helper()
	account := id.New()
	err := o.db.Write(t.Context(), func(tx *db.Tx) error {
		return access.Give(t.Context(), tx, access.Grant{ID: id.New(), Account: account, Role: role, Org: at, From: cal.Date(2015, 1, 1), To: cal.Forever, Decision: "2"}, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	return access.With(t.Context(), access.Actor{Account: account, Agent: "page", Second: true})
}

func TestDuplicates(t *testing.T) {
	head := []string{"Тегі", "Аты", "Әкесінің аты", "ЖСН", "Туған күні", "Санаты", "Кірген күні", "Шешім"}
	row := func(surname, given, patronymic, birth string) []string {
		return []string{surname, given, patronymic, "", birth, "Жұмыскер", "2024-05-01", "3"}
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := open(t, d)
		first := [][]string{head, row("Қасымова", "Айгүл", "Серікқызы", "1980-03-04"), row("Омаров", "Ерлан", "", "1975-01-01"), row("Ли", "Анна", "", "")}
		b := o.importing(t, o.registrar, o.primaries[0], save(t, first))
		if b.Tally.Entered != 3 {
			t.Fatalf("%+v", b.Tally)
		}
		second := [][]string{head,
			row("Касымова", "Айгул", "Серикқызы", "1980-03-04"), // 2: folds alike, the same organisation: unchanged
			row("Қасымов", "Айгүл", "Серікұлы", "1980-03-04"),   // 3: nearly alike
			row("Омаров", "Ерлан", "", "1975-01-02"),            // 4: born on another day
			row("Ли", "Анна", "", ""),                           // 5: unchanged
			row("Ерлан", "Омаров", "Болатович", "1975-01-01"),   // 6: parts swapped
			row("Жаңабаев", "Тимур", "", "1990-09-09"),          // 7: new
			row("Жанабаев", "Тимур", "", "1990-09-09"),          // 8: as line 7 in the file itself
			row("Жанабаев", "Тимурр", "", "1990-09-09"),         // 9: like line 7
		}
		b = o.importing(t, o.registrar, o.primaries[0], save(t, second))
		want := membership.Tally{Rows: 8, Entered: 2, Unchanged: 3, Alike: 3}
		if b.Tally != want || b.Checked.Rows != want.Rows || b.Checked.Entered != want.Entered {
			t.Fatalf("got %+v (dry run %+v), want %+v", b.Tally, b.Checked, want)
		}
		scope, _ := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.View)
		list, err := o.area.Proposals(o.registrar, d.Read(), scope, b, 0, 10)
		if err != nil || len(list) != 3 || list[0].Line != 3 || list[1].Line != 6 || list[2].Line != 9 || list[1].Person.Name.Surname != "Омаров" || list[0].Why != "near" {
			t.Fatalf("proposals %+v, %v", list, err)
		}
		if err := o.area.Decide(o.other, b.ID, 3, membership.AnotherPerson); !fault.Is(err, fault.NotFound) {
			t.Errorf("another union's registrar decides: %v", err)
		}
		for line, choice := range map[int]membership.Choice{3: membership.AnotherPerson, 6: membership.SamePerson, 9: membership.SkipRow} {
			if err := o.area.Decide(o.registrar, b.ID, line, choice); err != nil {
				t.Fatal(line, err)
			}
		}
		if err := o.area.Decide(o.registrar, b.ID, 3, membership.AnotherPerson); !fault.Is(err, fault.Conflict) {
			t.Errorf("decided twice: %v", err)
		}
		o.count(t, today, 6)
		scopeI, _ := o.desk.Gate.Scope(o.registrar, d.Read(), access.From(o.registrar), membership.ImportIt)
		b, err = membership.GetBatch(t.Context(), d.Read(), scopeI, b.ID)
		if err != nil || b.Tally.Entered != 3 || b.Tally.Alike != 0 || b.Tally.Unchanged != 4 {
			t.Errorf("after the decisions %+v, %v", b.Tally, err)
		}
		if u, err := o.area.UndoNow(o.registrar, b.ID, nil); err != nil || u.Undone != 3 {
			t.Errorf("undone %+v, %v", u, err)
		}
		o.count(t, today, 3)
	})
}
