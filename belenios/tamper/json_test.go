package tamper

import (
	"fmt"
	"strconv"
	"strings"
)

// Edits of JSON texts at a path such as "answers.0.choices.1.alpha". What is not
// edited keeps its bytes. A path that is not there is an error of the test's
// author: these functions panic.

// get is the text of the value at path.
func get(text, path string) string {
	start, end := span(text, path)
	return text[start:end]
}

// word is the content of the string at path, which needs no escapes.
func word(text, path string) string { return strings.Trim(get(text, path), `"`) }

func set(text, path, value string) string {
	start, end := span(text, path)
	return text[:start] + value + text[end:]
}

func edit(text, path string, change func(string) string) string {
	return set(text, path, change(get(text, path)))
}

func swap(text, a, b string) string {
	va, vb := get(text, a), get(text, b)
	return set(set(text, a, vb), b, va)
}

// drop removes a field or an item, which must not be the first.
func drop(text, path string) string {
	start, end := span(text, path)
	comma := strings.LastIndexByte(text[:start], ',')
	return text[:comma] + text[end:]
}

// dropFirst removes the first item of the list at path.
func dropFirst(text, path string) string {
	start, end := span(text, join(path, "0"))
	return text[:start] + strings.TrimPrefix(text[end:], ",")
}

// double repeats the item or field's value at path after itself.
func double(text, path string) string {
	start, end := span(text, path)
	return text[:end] + "," + text[start:end] + text[end:]
}

// add puts a further field or item at the end of the object or list at path.
func add(text, path, more string) string {
	_, end := span(text, path)
	return text[:end-1] + "," + more + text[end-1:]
}

// size is the number of items of the list at path.
func size(text, path string) int {
	n := 0
	for has(text, join(path, strconv.Itoa(n))) {
		n++
	}
	return n
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func has(text, path string) bool {
	_, _, err := find(text, path)
	return err == nil
}

func span(text, path string) (start, end int) {
	start, end, err := find(text, path)
	if err != nil {
		panic(fmt.Sprintf("%v in %.200s", err, text))
	}
	return start, end
}

func find(text, path string) (start, end int, err error) {
	end = len(text)
	if path == "" {
		return start, end, nil
	}
	for key := range strings.SplitSeq(path, ".") {
		if start, end, err = child(text, start, key); err != nil {
			return 0, 0, fmt.Errorf("%s: %w", path, err)
		}
	}
	return start, end, nil
}

// child finds a field or an item of the value that starts at i.
func child(text string, i int, key string) (start, end int, err error) {
	open := text[i]
	if open != '{' && open != '[' {
		return 0, 0, fmt.Errorf("%s: no object or list at byte %d", key, i)
	}
	i++
	for n := 0; text[i] != '}' && text[i] != ']'; n++ {
		name := strconv.Itoa(n)
		if open == '{' {
			after := skip(text, i)
			name = text[i+1 : after-1]
			i = after + 1
		}
		end = skip(text, i)
		if name == key {
			return i, end, nil
		}
		if i = end; text[i] == ',' {
			i++
		}
	}
	return 0, 0, fmt.Errorf("no %s", key)
}

// skip is where the value that starts at i ends.
func skip(text string, i int) int {
	depth := 0
	for ; ; i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 || !strings.ContainsRune(",]}", rune(text[i+1])) {
				continue
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
}
