// Package structure is the register of organisations: which there are, what
// each belongs to, where it lies, what it does, who holds its posts, on any day.
// (құрылым; структура)
//
// The words: organisation (ұйым, организация), member organisation (мүше ұйым,
// членская организация), primary organisation (бастауыш ұйым, первичная
// организация), event (оқиға, событие), decision (шешім, решение), elected post
// (сайланбалы қызмет, выборная должность), term (өкілеттік мерзімі, срок
// полномочий).
//
// What always holds: every change is an event with a day and the number of the
// decision behind it (package org); nothing is overwritten; a history that
// contradicts itself is refused. Every page, list and count can be asked for any
// past day. Whoever may not count members sees numbers from which no small group
// can be worked out, and sees the same ones everywhere. An employer's
// representative holds no elected post.
package structure
