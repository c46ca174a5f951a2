// Package likeness finds voices alike: texts in Kazakh, Russian and English that
// ask for the same thing (ұқсас үндер, похожие обращения). It proposes groups and
// says why; a person confirms them.
//
// A text is read into features: concepts of the glossary (data/glossary.csv, the
// bridge between the languages) and the stems of the words that are left. A concept
// also stands for its parents, with less weight. Every thing named has a stance:
// the product of the signs of the actions said about it, so that "stop the cuts"
// is for and "freeze" is against.
//
// Two texts are as alike as the cosine of their features weighted by inverse
// document frequency (Spärck Jones, "A statistical interpretation of term
// specificity", Journal of Documentation 28, 1972), made less where they name other
// beneficiaries or aims, and negative where they want the opposite of one thing. Groups
// are made by average linkage (Sokal and Michener, 1958). Stems are Snowball's
// (Porter, 1980 and 2001) for Russian and English; the Kazakh stemmer is our own.
//
// Everything is computed from the texts given and the tables shipped: no network,
// no model, no clock, and no order of input changes the result.
package likeness
