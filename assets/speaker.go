package assets

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed messages/*.json
var messageFiles embed.FS

// The template actions that a message may hold: {{.Name}}, and {{if .Name}}…{{end}}
// around what is said only when that argument is given.
var (
	argument = regexp.MustCompile(`\{\{(?:if )?\.([A-Z][A-Za-z0-9]*)\}\}`)
	optional = regexp.MustCompile(`\{\{if \.([A-Z][A-Za-z0-9]*)\}\}`)
)

// countArgument is the argument that chooses between one and other.
const countArgument = "Count"

// Speaker says messages in one language. It may be used from several goroutines.
type Speaker struct {
	lang      string
	localizer *i18n.Localizer
	messages  map[string]message
}

// message is what Say must know of a text before it says it.
type message struct {
	args     []string // names of its arguments, sorted
	optional []string // those of them that may be left out, sorted
	counts   bool     // has more than one plural form
}

// NewSpeaker returns a speaker of Korean for "ko" and its variants ("ko_KR.UTF-8",
// "ko-KR") and of English for all else. It reads all message files of the
// language: make one per language and keep it.
func NewSpeaker(lang string) *Speaker {
	speaker := &Speaker{lang: Lang(lang, ""), messages: map[string]message{}}
	bundle := i18n.NewBundle(language.Make(speaker.lang))
	files, err := messageFiles.ReadDir("messages")
	if err != nil {
		panic("assets: messages: " + err.Error())
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "."+speaker.lang+".json") {
			speaker.learn(bundle, file.Name())
		}
	}
	speaker.localizer = i18n.NewLocalizer(bundle, speaker.lang)
	return speaker
}

func (s *Speaker) learn(bundle *i18n.Bundle, name string) {
	text, err := messageFiles.ReadFile(path.Join("messages", name))
	if err != nil {
		panic("assets: messages: " + err.Error())
	}
	file, err := bundle.ParseMessageFileBytes(text, name)
	if err != nil {
		panic(fmt.Sprintf("assets: messages/%s: %v", name, err))
	}
	for _, m := range file.Messages {
		text := m.Other + m.One
		s.messages[m.ID] = message{args: names(argument, text), optional: names(optional, text), counts: m.One != ""}
	}
}

// names returns the names of the arguments that actions like this take in a text,
// sorted, each once.
func names(action *regexp.Regexp, text string) []string {
	var found []string
	for _, match := range action.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Lang returns the speaker's language, "ko" or "en", for Won, Date and the like.
func (s *Speaker) Lang() string { return s.lang }

// Has reports whether there is a message with that key.
func (s *Speaker) Has(key string) bool {
	_, known := s.messages[key]
	return known
}

// Keys returns the keys of all messages, sorted.
func (s *Speaker) Keys() []string {
	keys := make([]string, 0, len(s.messages))
	for key := range s.messages {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Say returns the message with its arguments filled in and its particles chosen,
// as plain text: a page must still escape it. An unknown key comes back in
// brackets, [like.this], and so does the name of an argument that is missing
// and not optional. The argument Count, where the message has several plural forms, is a whole number
// and chooses the form; where it is not one, the form for many is used.
func (s *Speaker) Say(key string, args map[string]string) string {
	known, ok := s.messages[key]
	if !ok {
		return "[" + key + "]"
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: s.complete(known, args)}
	if count := args[countArgument]; known.counts && isWhole(count) {
		config.PluralCount = count
	}
	text, err := s.localizer.Localize(config)
	if err != nil {
		return "[" + key + "]"
	}
	return Particles(text)
}

// complete returns args, with a visible gap for each argument that is not there.
func (s *Speaker) complete(m message, args map[string]string) map[string]string {
	filled := make(map[string]string, len(m.args))
	for _, name := range m.args {
		value, given := args[name]
		if !given && !slices.Contains(m.optional, name) {
			value = "[" + name + "]"
		}
		filled[name] = value
	}
	return filled
}

// isWhole reports whether text is 1 to 18 digits.
func isWhole(text string) bool {
	if text == "" || len(text) > 18 {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

// Lang returns the language to speak, "ko" or "en": the flag's if it is given,
// else the environment's (the value of LC_ALL or LANG, which main reads). What
// starts with ko is Korean, "Korean_Korea.949" as well; anything else, C and the
// empty string included, is English.
func Lang(flag, env string) string {
	asked := flag
	if asked == "" {
		asked = env
	}
	name := strings.ToLower(asked)
	end := strings.IndexFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	if end >= 0 {
		name = name[:end]
	}
	if name == "ko" || name == "kor" || name == "korean" {
		return "ko"
	}
	return "en"
}
