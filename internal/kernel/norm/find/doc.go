// Package find proposes coded norms from the text of clauses in Kazakh, Russian
// and English: the value, its unit, whether it is a floor or a ceiling, the norm
// type, and the words that decided. It proposes; a lawyer confirms.
//
// All words are data: glossary.txt says how each norm type, unit, number and
// comparison is worded. The method is a plain reading: words are folded (Kazakh
// letters to their Russian look-alikes, so that texts typed on a Russian
// keyboard are read too), numbers and units are found, and each value goes to
// the norm type that takes the unit and whose words stand nearest. Where no
// words decide, nothing is proposed.
package find
