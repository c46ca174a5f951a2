package main

import (
	"os"
	"strings"
)

// words are those of the reports for people. Errors are in English.
type words struct {
	Lang                                               string
	Verified, Running                                  string
	Compare, Election, Trustees, Credentials, Last     string
	Identifier, Group, Voters, Weight                  string
	Ballots, Counted, Replaced, CountedWeight          string
	Keyholders, Needed, Threshold, Shuffled, Decrypted string
	Result, NoResult, Blank, Votes, Levels, Caution    string
	Schulze, MajorityJudgment, STV, NotCounted         string
	Sum, Boxes, Unfinished, QuestionsDiffer            string
	Found, Event, Number, Counts, Superseded, SoFar    string
	Continues, Added                                   string
	Checked, NotChecked                                string
}

var english = words{
	Lang:     "en",
	Verified: "Verified: every ballot, every proof and the result are right.", Running: "Verified as far as it goes: the election is still running.",
	Compare: "Compare with what was announced", Election: "Election", Trustees: "Trustees", Credentials: "List of credentials", Last: "Last event",
	Identifier: "Identifier", Group: "Group", Voters: "Voters on the list", Weight: "their weight",
	Ballots: "Ballots in the archive", Counted: "counted", Replaced: "replaced by a later one", CountedWeight: "weight of the counted",
	Keyholders: "Trustees", Needed: "needed", Threshold: "%d of %d are enough", Shuffled: "shuffled", Decrypted: "decrypted",
	Result: "Result", NoResult: "There is no result yet.", Blank: "Blank vote", Votes: "Votes, in shuffled order", Levels: "Order of the answers", Caution: "Note",
	Schulze: "Schulze method", MajorityJudgment: "majority judgment", STV: "single transferable vote", NotCounted: "The archive does not say how these are counted.",
	Sum: "All boxes together", Boxes: "Boxes", Unfinished: "boxes without a result, not in the sum", QuestionsDiffer: "The boxes ask different questions, so there is no sum.",
	Found: "The ballot is in the archive.", Event: "Event", Number: "Number among the ballots",
	Counts: "It is the last of its voter, and counts.", Superseded: "It does not count: the voter has voted again later, with the ballot", SoFar: "Voting is not closed: it counts unless the voter votes again.",
	Continues: "The new archive continues the old one, and verifies.", Added: "Added events",
	Checked:    "The signatures of all ballots, the proofs that each holds an allowed choice, the published tally, the work of the trustees and the result were computed anew from the archive alone.",
	NotChecked: "No program can see from an archive whether the right people are on the list, or whether a voter's device recorded what she chose. Compare the values above with those announced, and let voters look for their trackers.",
}

var russian = words{
	Lang:     "ru",
	Verified: "Проверено: все бюллетени, все доказательства и результат верны.", Running: "Проверено до последнего события: голосование ещё не завершено.",
	Compare: "Сверьте с объявленным", Election: "Выборы", Trustees: "Хранители ключей", Credentials: "Список удостоверений", Last: "Последнее событие",
	Identifier: "Идентификатор", Group: "Группа", Voters: "Избирателей в списке", Weight: "их вес",
	Ballots: "Бюллетеней в архиве", Counted: "учтено", Replaced: "заменено более поздними", CountedWeight: "вес учтённых",
	Keyholders: "Хранители ключей", Needed: "обязателен", Threshold: "достаточно %d из %d", Shuffled: "перемешал", Decrypted: "расшифровал",
	Result: "Результат", NoResult: "Результата ещё нет.", Blank: "Пустой голос", Votes: "Голоса в перемешанном порядке", Levels: "Порядок вариантов", Caution: "Примечание",
	Schulze: "метод Шульце", MajorityJudgment: "мажоритарное суждение", STV: "единый передаваемый голос", NotCounted: "В архиве не указано, как их подсчитывать.",
	Sum: "Все урны вместе", Boxes: "Урн", Unfinished: "урн без результата, в сумму не входят", QuestionsDiffer: "В урнах разные вопросы, сумма не подводится.",
	Found: "Бюллетень есть в архиве.", Event: "Событие", Number: "Номер среди бюллетеней",
	Counts: "Это последний бюллетень избирателя, он учитывается.", Superseded: "Он не учитывается: избиратель позже проголосовал снова, бюллетень", SoFar: "Голосование не завершено: он учитывается, если избиратель не проголосует снова.",
	Continues: "Новый архив продолжает старый и прошёл проверку.", Added: "Добавлено событий",
	Checked:    "Подписи всех бюллетеней, доказательства того, что в каждом допустимый выбор, опубликованный зашифрованный итог, работа хранителей ключей и результат вычислены заново по одному только архиву.",
	NotChecked: "Ни одна программа не увидит по архиву, те ли люди в списке и записало ли устройство избирателя то, что он выбрал. Сверьте значения выше с объявленными; избиратели могут найти свои бюллетени по коду.",
}

// The Kazakh words wait for a native editor.
var kazakh = words{
	Lang:     "kk",
	Verified: "Тексерілді: барлық бюллетень, барлық дәлел және нәтиже дұрыс.", Running: "Соңғы оқиғаға дейін тексерілді: дауыс беру әлі аяқталған жоқ.",
	Compare: "Жарияланған мәндермен салыстырыңыз", Election: "Сайлау", Trustees: "Кілт сақтаушылар", Credentials: "Куәліктер тізімі", Last: "Соңғы оқиға",
	Identifier: "Сәйкестендіргіш", Group: "Топ", Voters: "Тізімдегі сайлаушылар", Weight: "олардың салмағы",
	Ballots: "Мұрағаттағы бюллетеньдер", Counted: "есептелгені", Replaced: "кейінгісімен ауыстырылғаны", CountedWeight: "есептелгендердің салмағы",
	Keyholders: "Кілт сақтаушылар", Needed: "міндетті", Threshold: "%[2]d адамның %[1]d жеткілікті", Shuffled: "араластырды", Decrypted: "шифрын ашты",
	Result: "Нәтиже", NoResult: "Нәтиже әлі жоқ.", Blank: "Бос дауыс", Votes: "Дауыстар, араластырылған ретімен", Levels: "Жауаптардың реті", Caution: "Ескерту",
	Schulze: "Шульце әдісі", MajorityJudgment: "көпшілік бағасы", STV: "берілетін жалғыз дауыс", NotCounted: "Оларды қалай санау керегі мұрағатта айтылмаған.",
	Sum: "Барлық жәшік бірге", Boxes: "Жәшіктер", Unfinished: "нәтижесі жоқ жәшіктер, қосындыға кірмейді", QuestionsDiffer: "Жәшіктердегі сұрақтар әртүрлі, сондықтан қосынды жоқ.",
	Found: "Бюллетень мұрағатта бар.", Event: "Оқиға", Number: "Бюллетеньдер арасындағы нөмірі",
	Counts: "Бұл — сайлаушының соңғы бюллетені, ол есептеледі.", Superseded: "Ол есептелмейді: сайлаушы кейін қайта дауыс берді, бюллетені", SoFar: "Дауыс беру аяқталған жоқ: сайлаушы қайта дауыс бермесе, ол есептеледі.",
	Continues: "Жаңа мұрағат ескісін жалғастырады және тексеруден өтті.", Added: "Қосылған оқиғалар",
	Checked:    "Барлық бюллетеньнің қолтаңбасы, әрқайсысында рұқсат етілген таңдау бар екенінің дәлелі, жарияланған шифрланған қорытынды, кілт сақтаушылардың жұмысы және нәтиже тек мұрағат бойынша қайта есептелді.",
	NotChecked: "Тізімде тиісті адамдар бар-жоғын және сайлаушының құрылғысы оның таңдауын дұрыс жазғанын мұрағаттан ешбір бағдарлама көре алмайды. Жоғарыдағы мәндерді жарияланғандармен салыстырыңыз; сайлаушылар өз бюллетенін коды бойынша таба алады.",
}

// language is the one asked for, or that of the environment.
func language(asked string) *words {
	for _, s := range []string{asked, os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")} {
		switch {
		case strings.HasPrefix(s, "en"):
			return &english
		case strings.HasPrefix(s, "ru"):
			return &russian
		case strings.HasPrefix(s, "kk"):
			return &kazakh
		}
	}
	return &english
}

// method is the name of a way of counting.
func (w *words) method(name string) string {
	switch name {
	case "Schulze":
		return w.Schulze
	case "MajorityJudgment":
		return w.MajorityJudgment
	case "STV":
		return w.STV
	}
	return name
}
