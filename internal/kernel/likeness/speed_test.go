package likeness

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// voices makes texts as workers might write: a demand, a thing, for whom, where.
func voices(n int) []Text {
	rng := rand.New(rand.NewSource(1))
	pick := func(s string) string {
		all := strings.Split(s, "|")
		return all[rng.Intn(len(all))]
	}
	out := make([]Text, n)
	for i := range out {
		switch rng.Intn(3) {
		case 0:
			out[i].Body = pick("Повысить|Заморозить|Отменить|Выдать|Вернуть|Обеспечить|Увеличить") + " " + pick("зарплату|премии|отпуск|спецодежду|питание|доплату за вредность|пенсии|автобус|путёвки") +
				" " + pick("учителям|шахтёрам|медсёстрам|водителям|сварщикам|") + fmt.Sprintf(" участок %d", rng.Intn(n/20+1))
		case 1:
			out[i].Body = pick("Мұғалімдердің|Шахтёрлердің|Мейірбикелердің|Жүргізушілердің|") + " " + pick("жалақысын|сыйақысын|демалысын|зейнетақысын|тамағын|арнайы киімін") + " " +
				pick("көтеру керек|тоқтату керек|беріңіздер|қайтару|азайту") + fmt.Sprintf(" %d цех", rng.Intn(n/20+1))
		default:
			out[i].Body = pick("Raise|Freeze|Ban|Give|Restore|Extend") + " the " + pick("wages|bonus|leave|pensions|overtime|bus service|canteen hours") + " " +
				pick("of nurses|of teachers|of miners|of drivers|") + fmt.Sprintf(" at site %c%c%c", 'a'+rng.Intn(26), 'a'+rng.Intn(26), 'a'+rng.Intn(26))
		}
	}
	return out
}

// BenchmarkCandidates asks an index of 100,000 texts for what is like a new one.
func BenchmarkCandidates(b *testing.B) {
	all := voices(100_000)
	x := New(Own, Default)
	for _, t := range all {
		x.Add(t)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Candidates(all[i*997%len(all)], 20)
	}
}

// BenchmarkAdd reads a text and takes it into the index.
func BenchmarkAdd(b *testing.B) {
	all := voices(10_000)
	x := New(Own, Default)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Add(all[i%len(all)])
	}
}
