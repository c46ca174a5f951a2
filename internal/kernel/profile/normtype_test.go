package profile_test

import (
	"math/big"
	"strings"
	"testing"

	"odaq/internal/kernel/profile"
	"odaq/profiles"
)

func TestFormula(t *testing.T) {
	values := map[string]*big.Rat{"min_wage": big.NewRat(85_000, 1), "year_hours": big.NewRat(1976, 1), "nothing": new(big.Rat)}
	for _, c := range []struct{ formula, want, missing string }{
		{"85000", "85000", ""}, {"1.4 * min_wage", "119000", ""}, {"1 / 60", "1/60", ""},
		{"12 * min_wage / year_hours", "127500/247", ""}, {"2 * mci", "", "mci"}, {"1 / nothing", "", "nothing"},
	} {
		f, err := profile.ParseFormula(c.formula)
		if err != nil {
			t.Fatal(err)
		}
		v, missing := f.Value(func(code string) *big.Rat { return values[code] })
		if missing != c.missing || missing == "" && v.RatString() != c.want {
			t.Errorf("%s is %v, missing %q; want %s, %q", c.formula, v, missing, c.want, c.missing)
		}
	}
	for _, wrong := range []string{"", "1 *", "1 + 2", "1 / 0", "0x10", "1e9", "min-wage", "1.2.3", "* 2"} {
		if f, err := profile.ParseFormula(wrong); err == nil {
			t.Errorf("%q is taken as %v", wrong, f)
		}
	}
}

func TestWrongNorms(t *testing.T) {
	const basis = ",,,,own,no,Decree 7\n"
	for _, c := range []struct{ file, text, want string }{
		{"norm_types.csv", "code,group,name_kk,name_ru,name_en,unit,direction,dimensions,only_for,items,levels,topic,law,article,redaction,confidence,needs_review,source\nX.Y,x,а,б,c,moons,higher,,,,contract," + basis,
			`changes/norm_types.csv:2: unit "moons" is not in norm_units.csv`},
		{"norm_types.csv", "code,group,name_kk,name_ru,name_en,unit,direction,dimensions,only_for,items,levels,topic,law,article,redaction,confidence,needs_review,source\nX.Y,x,а,б,c,h/week,up,,,,town," + basis,
			`direction is "up"; it must be one of`},
		{"norm_bounds.csv", "rule,type,dimension,levels,kind,value,from,until,law,article,redaction,confidence,needs_review,source\nnew,PAY.LUNAR,,,floor,1,," + basis, `type "PAY.LUNAR" is not in norm_types.csv`},
		{"norm_bounds.csv", "rule,type,dimension,levels,kind,value,from,until,law,article,redaction,confidence,needs_review,source\nTIME.WEEK,TIME.WEEK,,,floor,40,," + basis, `lower is better, so the bound cannot be a floor`},
		{"norm_bounds.csv", "rule,type,dimension,levels,kind,value,from,until,law,article,redaction,confidence,needs_review,source\nTIME.WEEK,TIME.WEEK,,,ceiling,2 * moon,," + basis, `parameter "moon" is not in parameters.csv`},
		{"norm_bounds.csv", "rule,type,dimension,levels,kind,value,from,until,law,article,redaction,confidence,needs_review,source\nother,TIME.WEEK,,,ceiling,40,," + basis, `TIME.WEEK already has a bound on`},
		{"norm_bounds.csv", "rule,type,dimension,levels,kind,value,from,until,law,article,redaction,confidence,needs_review,source\nTIME.WEEK,TIME.WEEK,moon=full,,ceiling,40,," + basis, `TIME.WEEK does not depend on "moon"`},
		{"norm_units.csv", "code,name_kk,name_ru,name_en,base,factor,offset\nmoons,а,б,c,moons,2 * moon,0\n", `moon is neither a parameter nor a norm type`},
		{"norm_precedence.csv", "rule,lower,higher,law,article,redaction,confidence,needs_review,source\nx,law,contract" + basis, `contract does not stand above law`},
	} {
		if _, err := profile.Load(profiles.Generic, changes(c.file, c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}
