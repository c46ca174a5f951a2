package count_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"odaq/belenios/count"
)

// orders draws orders of preference; most name every choice.
func orders(choices int) *rapid.Generator[[]int] {
	return rapid.Custom(func(t *rapid.T) []int {
		shuffled := rapid.Permutation(numbers(choices)).Draw(t, "order")
		ranked := choices
		if rapid.IntRange(0, 3).Draw(t, "short") == 0 {
			ranked = rapid.IntRange(0, choices).Draw(t, "ranked")
		}
		ballot := make([]int, choices)
		for i, c := range shuffled[:ranked] {
			ballot[c] = i + 1
		}
		return ballot
	})
}

// vectors draws ballots of numbers from 0 to most.
func vectors(choices, most int) *rapid.Generator[[]int] {
	return rapid.SliceOfN(rapid.IntRange(0, most), choices, choices)
}

func ballots(t *rapid.T, one *rapid.Generator[[]int]) [][]int {
	return rapid.SliceOfN(one, 0, 40).Draw(t, "ballots")
}

func numbers(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// rename gives choice c the name to[c] on every ballot.
func rename(all [][]int, to []int) [][]int {
	renamed := make([][]int, len(all))
	for i, b := range all {
		renamed[i] = make([]int, len(b))
		for c, v := range b {
			renamed[i][to[c]] = v
		}
	}
	return renamed
}

func renamedLevels(levels [][]int, to []int) [][]int {
	renamed := make([][]int, len(levels))
	for i, level := range levels {
		for _, c := range level {
			renamed[i] = append(renamed[i], to[c])
		}
		slices.Sort(renamed[i])
	}
	return renamed
}

func TestPropertyCondorcetWinnerComesFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 6).Draw(t, "choices")
		all := ballots(t, vectors(choices, choices))
		r, err := count.Schulze(all, choices, rapid.Bool().Draw(t, "blank"))
		if err != nil {
			t.Fatal(err)
		}
		prefer := func(a, b int) (n int) {
			for _, v := range all {
				if v[a] != 0 && (v[b] == 0 || v[a] < v[b]) {
					n++
				}
			}
			return n
		}
		for a := range choices {
			beats := true
			for b := range choices {
				if r.Raw[a][b] != prefer(a, b) {
					t.Fatalf("%d ballots prefer %d to %d, not %d", prefer(a, b), a, b, r.Raw[a][b])
				}
				beats = beats && (a == b || prefer(a, b) > prefer(b, a))
			}
			if beats && !slices.Equal(r.Winners[0], []int{a}) {
				t.Fatalf("%d beats every other, but the levels are %v", a, r.Winners)
			}
		}
		everyChoiceOnce(t, choices, r.Winners)
	})
}

func TestPropertyOrderOfBallotsIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 6).Draw(t, "choices")
		seats := rapid.IntRange(1, choices+1).Draw(t, "seats")
		all := ballots(t, rapid.OneOf(orders(choices), vectors(choices, choices+1)))
		mixed := rapid.Permutation(all).Draw(t, "mixed")
		for _, c := range []struct {
			method string
			count  func([][]int) (any, error)
		}{
			{"STV", func(b [][]int) (any, error) { return count.STV(b, seats) }},
			{"ExactSTV", func(b [][]int) (any, error) { return count.ExactSTV(b, seats) }},
			{"Schulze", func(b [][]int) (any, error) { return count.Schulze(b, choices, true) }},
			{"MajorityJudgment", func(b [][]int) (any, error) {
				r, err := count.MajorityJudgment(b, choices, choices, true)
				if err == nil {
					slices.SortFunc(r.Invalid, slices.Compare) // they keep the ballots' order
				}
				return r, err
			}},
		} {
			one, err := c.count(all)
			if err != nil {
				t.Fatal(err)
			}
			other, err := c.count(mixed)
			if err != nil {
				t.Fatal(err)
			}
			if text(t, one) != text(t, other) {
				t.Fatalf("%s:\n%s\n%s", c.method, text(t, one), text(t, other))
			}
		}
	})
}

// TestPropertyNamesAreNothing: renaming the choices renames them in the result, in
// a transferable vote unless a tie was settled by index.
func TestPropertyNamesAreNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 6).Draw(t, "choices")
		to := rapid.Permutation(numbers(choices)).Draw(t, "to")

		all := ballots(t, vectors(choices, choices))
		renamed := rename(all, to)
		one, err := count.Schulze(all, choices, true)
		other, err2 := count.Schulze(renamed, choices, true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if want := renamedLevels(one.Winners, to); text(t, other.Winners) != text(t, want) {
			t.Fatalf("Schulze: %v, want %v", other.Winners, want)
		}
		judged, err := count.MajorityJudgment(all, choices, choices, true)
		other2, err2 := count.MajorityJudgment(renamed, choices, choices, true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if want := renamedLevels(judged.Winners, to); text(t, other2.Winners) != text(t, want) {
			t.Fatalf("MajorityJudgment: %v, want %v", other2.Winners, want)
		}

		ranked := ballots(t, orders(choices))
		seats := rapid.IntRange(1, choices).Draw(t, "seats")
		vote, err := count.ExactSTV(ranked, seats)
		other3, err2 := count.ExactSTV(rename(ranked, to), seats)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if tied(vote) {
			return
		}
		want := renamedLevels([][]int{vote.Winners}, to)[0]
		if got := slices.Sorted(slices.Values(other3.Winners)); !slices.Equal(got, want) {
			t.Fatalf("ExactSTV: %v, want %v", got, want)
		}
	})
}

func tied(r *count.STVResult) bool {
	return slices.ContainsFunc(r.Events, func(e count.STVEvent) bool {
		return e.Kind == count.TieWin || e.Kind == count.TieLose
	})
}

// TestPropertySeatsAreFilled while choices that somebody ranked are enough.
func TestPropertySeatsAreFilled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 8).Draw(t, "choices")
		seats := rapid.IntRange(1, choices+1).Draw(t, "seats")
		all := ballots(t, orders(choices))
		ranked := map[int]bool{}
		for _, b := range all {
			for c, rank := range b {
				if rank > 0 {
					ranked[c] = true
				}
			}
		}
		exact, _, err := count.BindingSTV(all, seats)
		if err != nil {
			t.Fatal(err)
		}
		rounded, err := count.STV(all, seats)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*count.STVResult{exact, rounded} {
			if want := min(seats, len(ranked)); len(r.Winners) != want {
				t.Fatalf("%d winners, want %d", len(r.Winners), want)
			}
			once := slices.Compact(slices.Sorted(slices.Values(r.Winners)))
			if len(once) != len(r.Winners) {
				t.Fatalf("somebody wins twice: %v", r.Winners)
			}
			if len(r.Invalid) > 0 || len(r.Ballots) != len(all) {
				t.Fatalf("%d of %d ballots valid", len(r.Ballots), len(all))
			}
		}
	})
}

// TestPropertyMajorityWins: whom more than half put first wins a single seat.
func TestPropertyMajorityWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 6).Draw(t, "choices")
		favourite := rapid.IntRange(0, choices-1).Draw(t, "favourite")
		all := rapid.SliceOfN(orders(choices), 0, 20).Draw(t, "others")
		for range len(all) + 1 {
			ballot := orders(choices).Draw(t, "supporter")
			if first := slices.Index(ballot, 1); first >= 0 {
				ballot[first] = ballot[favourite]
			}
			ballot[favourite] = 1
			all = append(all, ballot)
		}
		r, divergence, err := count.BindingSTV(all, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Winners, []int{favourite}) || divergence != nil {
			t.Fatalf("winners %v, want %d; divergence %v", r.Winners, favourite, divergence)
		}
	})
}

// TestPropertyMediansAreTakenAway compares majority judgment with its definition.
func TestPropertyMediansAreTakenAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choices := rapid.IntRange(1, 6).Draw(t, "choices")
		grades := rapid.IntRange(1, 4).Draw(t, "grades")
		all := ballots(t, vectors(choices, grades))
		r, err := count.MajorityJudgment(all, choices, grades, true)
		if err != nil {
			t.Fatal(err)
		}
		judged := make([][]int, choices)
		valid := 0
		for _, b := range all {
			if slices.Contains(b, 0) {
				continue
			}
			valid++
			for c, g := range b {
				judged[c] = append(judged[c], g)
			}
		}
		if r.Valid != valid || r.Valid+*r.Blank+len(r.Invalid) != len(all) {
			t.Fatalf("%d valid of %d, want %d; %d blank, %d invalid", r.Valid, len(all), valid, *r.Blank, len(r.Invalid))
		}
		for c, left := range judged {
			slices.Sort(left)
			var taken []int
			for len(left) > 0 {
				middle := (len(left)+1)/2 - 1
				taken = append(taken, left[middle])
				left = slices.Delete(left, middle, middle+1)
			}
			judged[c] = taken
		}
		everyChoiceOnce(t, choices, r.Winners)
		for i, level := range r.Winners {
			for _, c := range level[1:] {
				if !slices.Equal(judged[c], judged[level[0]]) {
					t.Fatalf("%d and %d are in one level: %v, %v", level[0], c, judged[level[0]], judged[c])
				}
			}
			if i > 0 {
				if better := r.Winners[i-1][0]; slices.Compare(judged[better], judged[level[0]]) >= 0 {
					t.Fatalf("%d is above %d: %v, %v", better, level[0], judged[better], judged[level[0]])
				}
			}
		}
	})
}

func everyChoiceOnce(t *rapid.T, choices int, levels [][]int) {
	if all := slices.Sorted(slices.Values(slices.Concat(levels...))); !slices.Equal(all, numbers(choices)) {
		t.Fatalf("%v does not have each of %d choices once", levels, choices)
	}
	for _, level := range levels {
		if len(level) == 0 || !slices.IsSorted(level) {
			t.Fatalf("level %v", level)
		}
	}
}
