package main

import (
	"os"
	"strings"
)

// systemLang is the language of the environment, else English.
func systemLang() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); len(v) >= 2 {
			if _, ok := phrases[strings.ToLower(v[:2])]; ok {
				return strings.ToLower(v[:2])
			}
			return "en"
		}
	}
	return "en"
}

// phrases are what a trustee reads, in three languages.
// native editor: the Kazakh ones should be read by a native editor.
var phrases = map[string]map[string]string{
	"en": {
		"passphrase":   "Passphrase:",
		"again":        "The same again:",
		"wrong":        "it cannot be opened: the passphrase is another, or the file is damaged",
		"written":      "Written:",
		"verified":     "The whole archive was verified.",
		"key":          "Give trustee.public.json to whoever prepares the election. Read these characters to them by telephone and make sure they see the same; keep trustee.key.age on two sticks in two places. Without it there is no result.",
		"certificate":  "Give trustee.certificate.json to the coordinator. When the list of all certificates comes back, read these characters by telephone: yours must be on it.",
		"list":         "Before step 3 ring up EVERY other trustee, one by one, at a number you know, and compare these characters. If one differs, stop: somebody shows you different lists.",
		"dealt":        "Give trustee.deal.json to the coordinator. It can be read by nobody but those it is for.",
		"routed":       "Give each trustee the file with her or his number, nobody else's.",
		"received":     "All secrets agree with what their senders committed to. Give trustee.output.json to the coordinator, keep it beside your seed, and compare these characters of your public key with the coordinator by telephone.",
		"election-key": "Key of the election:",
		"trustees":     "Before voting opens every trustee compares these characters by telephone with every other one, and with the election's page.",
		"shuffled":     "Give shuffle.json to the server. Make sure later that the archive has a shuffle with these characters under your number.",
		"decrypted":    "Give the file to the server. Make sure later that the archive has a decryption with these characters under your number.",
		"uuid":         "Identifier of the election:",
		"credentials":  "Give credentials.json to the server and nothing else. Publish these characters yourself; observers compare them with the report of odaq-verify.",
	},
	"ru": {
		"passphrase":   "Парольная фраза:",
		"again":        "Ещё раз:",
		"wrong":        "не открывается: парольная фраза другая или файл повреждён",
		"written":      "Записано:",
		"verified":     "Проверен весь архив.",
		"key":          "Передайте trustee.public.json тому, кто готовит выборы. Прочитайте ему эти знаки по телефону и убедитесь, что он видит те же; храните trustee.key.age на двух носителях в двух местах. Без него результата не будет.",
		"certificate":  "Передайте trustee.certificate.json координатору. Когда вернётся список всех сертификатов, сверьте эти знаки по телефону: ваш сертификат должен быть в нём.",
		"list":         "Перед шагом 3 позвоните КАЖДОМУ из остальных по известному вам номеру и сверьте эти знаки. Если хоть один отличается, остановитесь: кто-то показывает вам разные списки.",
		"dealt":        "Передайте trustee.deal.json координатору. Прочитать его могут только те, кому он предназначен.",
		"routed":       "Передайте каждому файл с его номером и только его.",
		"received":     "Все доли соответствуют обязательствам отправителей. Передайте trustee.output.json координатору, храните его вместе с вашим зерном и сверьте с координатором по телефону эти знаки вашего открытого ключа.",
		"election-key": "Ключ выборов:",
		"trustees":     "До начала голосования каждый доверенный сверяет эти знаки по телефону с каждым другим и со страницей выборов.",
		"shuffled":     "Передайте shuffle.json серверу. Позже убедитесь, что в архиве под вашим номером есть перемешивание с этими знаками.",
		"decrypted":    "Передайте файл серверу. Позже убедитесь, что в архиве под вашим номером есть расшифровка с этими знаками.",
		"uuid":         "Идентификатор выборов:",
		"credentials":  "Передайте серверу credentials.json и ничего больше. Эти знаки опубликуйте сами: наблюдатели сверят их с отчётом odaq-verify.",
	},
	"kk": {
		"passphrase":   "Құпия сөз тіркесі:",
		"again":        "Тағы бір рет:",
		"wrong":        "ашылмады: құпия сөз басқа немесе файл бүлінген",
		"written":      "Жазылды:",
		"verified":     "Мұрағат түгел тексерілді.",
		"key":          "trustee.public.json файлын сайлауды дайындаушыға беріңіз. Мына таңбаларды оған телефонмен оқып беріп, оның да дәл осыны көріп отырғанына көз жеткізіңіз; trustee.key.age файлын екі тасымалдағышта, екі жерде сақтаңыз. Онсыз нәтиже болмайды.",
		"certificate":  "trustee.certificate.json файлын үйлестірушіге беріңіз. Барлық сертификаттар тізімі қайтқанда, мына таңбаларды телефонмен салыстырыңыз: сіздің сертификатыңыз тізімде болуы керек.",
		"list":         "3-қадамнан бұрын қалған сенімді тұлғалардың ӘРҚАЙСЫСЫНА өзіңіз білетін нөмірмен қоңырау шалып, мына таңбаларды салыстырыңыз. Біреуі өзгеше болса, тоқтаңыз: сіздерге әртүрлі тізім көрсетіліп отыр.",
		"dealt":        "trustee.deal.json файлын үйлестірушіге беріңіз. Оны арналған адамдардан басқа ешкім оқи алмайды.",
		"routed":       "Әркімге өз нөмірі жазылған файлды ғана беріңіз.",
		"received":     "Барлық үлес жіберушілердің міндеттемелеріне сай. trustee.output.json файлын үйлестірушіге беріңіз, оны тұқыммен бірге сақтаңыз және ашық кілтіңіздің мына таңбаларын үйлестірушімен телефон арқылы салыстырыңыз.",
		"election-key": "Сайлау кілті:",
		"trustees":     "Дауыс беру басталғанша әр сенімді тұлға мына таңбаларды басқалардың әрқайсысымен телефон арқылы және сайлау бетімен салыстырады.",
		"shuffled":     "shuffle.json файлын серверге беріңіз. Кейін мұрағатта сіздің нөміріңізбен осы таңбалары бар араластыру тұрғанына көз жеткізіңіз.",
		"decrypted":    "Файлды серверге беріңіз. Кейін мұрағатта сіздің нөміріңізбен осы таңбалары бар шифрсыздау тұрғанына көз жеткізіңіз.",
		"uuid":         "Сайлау идентификаторы:",
		"credentials":  "Серверге тек credentials.json файлын беріңіз. Мына таңбаларды өзіңіз жариялаңыз: байқаушылар оларды odaq-verify есебімен салыстырады.",
	},
}
