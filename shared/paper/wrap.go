package paper

import "strings"

// Wrap breaks a text into lines that fit: between words, and within a word only if
// it alone is too wide. A newline always breaks. What fits nowhere, not even as one
// letter, stands on a line of its own.
func Wrap(text string, fits func(string) bool) []string {
	var out []string
	for _, para := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		line := ""
		for _, word := range strings.Fields(para) {
			if line != "" && fits(line+" "+word) {
				line += " " + word
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for !fits(word) {
				head := cut(word, fits)
				if head == word {
					break
				}
				out, word = append(out, head), word[len(head):]
			}
			line = word
		}
		out = append(out, line)
	}
	return out
}

// cut returns the longest beginning of a word that fits, at least one letter.
func cut(word string, fits func(string) bool) string {
	end := 0
	for i := range word {
		if i > 0 && !fits(word[:i]) {
			break
		}
		end = i
	}
	if end == 0 {
		for i := range word {
			if i > 0 {
				return word[:i]
			}
		}
		return word
	}
	return word[:end]
}
