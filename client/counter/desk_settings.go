package counter

import (
	"context"
	"strconv"

	"github.com/bookpayback/bookpayback/assets"
	"github.com/bookpayback/bookpayback/shared/fault"
)

// The settings of this PC: a list of them, each with its question.

// maxSetting is how many bytes the text of a setting may have.
const maxSetting = 200

// setting is one of them: how it is read, written, and answered. A setting with
// answers has no field.
type setting struct {
	name    string
	owner   bool     // only the owner changes it
	digits  bool     // only digits are typed
	answers []string // the values that can be chosen
	words   []string // message keys of the answers
	get     func(s Settings) string
	put     func(s *Settings, v string) (problem string) // a message key, "" if it was taken
}

func (d *Desk) settings() []setting {
	text := func(name string, at func(*Settings) *string) setting {
		return setting{name: name, get: func(s Settings) string { return *at(&s) }, put: func(s *Settings, v string) string {
			if len(v) > maxSetting {
				return "set.too_long"
			}
			*at(s) = v
			return ""
		}}
	}
	onOff := func(name string, at func(*Settings) *bool) setting {
		return setting{name: name, answers: []string{"true", "false"}, words: []string{"set.turn_on", "set.turn_off"},
			get: func(s Settings) string { return strconv.FormatBool(*at(&s)) },
			put: func(s *Settings, v string) string { *at(s) = v == "true"; return "" }}
	}
	auto := onOff("auto", func(s *Settings) *bool { return &s.Auto })
	auto.owner = true
	lang := text("lang", func(s *Settings) *string { return &s.Lang })
	lang.answers, lang.words = []string{"ko", "en"}, []string{"set.korean", "set.english"}
	return []setting{
		text("slip", func(s *Settings) *string { return &s.Slip }), text("page", func(s *Settings) *string { return &s.Page }), auto,
		text("scanner", func(s *Settings) *string { return &s.Scanner }),
		{name: "volume", digits: true, get: func(s Settings) string { return num(s.Volume) }, put: putVolume},
		lang, onOff("full", func(s *Settings) *bool { return &s.Full }),
	}
}

func putVolume(s *Settings, v string) string {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 100 {
		return "set.bad_volume"
	}
	s.Volume = n
	return ""
}

// views are the lists that have a conversation of their own.
func (d *Desk) views() map[TabID]func(context.Context) turn {
	return map[TabID]func(context.Context) turn{TabSettings: d.settingsTurn, TabClosing: d.closing, TabClerks: d.clerksTurn, TabHours: d.hoursTurn}
}

func (d *Desk) viewWord(id TabID) string {
	switch id {
	case TabSettings:
		return d.say2("set.tab")
	case TabClerks:
		return d.say2("clerk.tab")
	case TabHours:
		return d.say2("hours.tab")
	}
	return d.say2("close.tab")
}

// value is a setting in words.
func (d *Desk) value(s setting, v string) string {
	for i, a := range s.answers {
		switch {
		case a != v:
		case a == "true":
			return d.say2("set.on")
		case a == "false":
			return d.say2("set.off")
		default:
			return d.say2(s.words[i])
		}
	}
	switch {
	case v == "" && s.name == "lang":
		return d.say2("set.system")
	case v == "":
		return d.say2("set.none")
	}
	return v
}

func (d *Desk) listSettings(ctx context.Context, _ Shop) (List, error) {
	have, err := d.c.Settings(ctx)
	if err != nil {
		return List{}, err
	}
	l := List{Head: d.say2("set.head"), Sum: d.say2("set.sum")}
	for _, s := range d.settings() {
		row := ListRow{ID: "set/" + s.name, Title: d.say2("set." + s.name), Note: d.value(s, s.get(have))}
		switch {
		case d.env.Forced[s.name]:
			row.Who = d.say2("set.forced")
		case s.owner:
			row.Who = d.say2("word.owner")
		}
		l.Rows = append(l.Rows, row)
	}
	return l, nil
}

// settingsTurn is what can be tried without changing anything.
func (d *Desk) settingsTurn(context.Context) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("set.tab"), Title: d.say2("set.title"), Why: d.say2("set.why")}, light: true}
	stay := func(do func(ctx context.Context)) step {
		return func(ctx context.Context, _ map[string]string) turn {
			do(ctx)
			return d.settingsTurn(ctx)
		}
	}
	if d.env.Print != nil {
		t.choice(d.say2("set.test_slip"), stay(func(ctx context.Context) { d.try(ctx, true) }))
		t.choice(d.say2("set.test_page"), stay(func(ctx context.Context) { d.try(ctx, false) }))
	}
	if d.env.Hear != nil {
		t.choice(d.say2("set.hear"), stay(d.hear))
	}
	if d.env.Print != nil {
		t.choice(d.say2("set.practice"), stay(func(ctx context.Context) {
			p, err := d.c.Papers(d.env.Words).Practice(ctx)
			d.hand(ctx, p, err)
		}))
	}
	for i := range t.band.Answers {
		t.band.Answers[i].Main = false
	}
	return t
}

func (d *Desk) hear(context.Context) {
	d.env.Hear()
	d.told = d.say2("set.heard")
}

// setting asks for a setting's value. Wrong says what was wrong with the one before.
func (d *Desk) setting(ctx context.Context, name, wrong string) turn {
	have, err := d.c.Settings(ctx)
	if err != nil {
		return d.failed(err)
	}
	for _, s := range d.settings() {
		if s.name == name {
			return d.askSetting(s, s.get(have), wrong)
		}
	}
	return d.settingsTurn(ctx)
}

func (d *Desk) askSetting(s setting, value, wrong string) turn {
	t := turn{band: Band{Tone: ToneAsk, Word: d.say2("set.tab"), Title: d.say2("set." + s.name), Why: d.say2("set." + s.name + ".why")}, light: true, row: "set/" + s.name}
	if d.env.Forced[s.name] {
		t.band.Why = join(t.band.Why, d.say2("set.forced"))
	}
	if wrong != "" {
		t.band.Tone, t.band.Why, t.sound = ToneOf(assets.StateNot), wrong, SoundNot
	}
	for i, v := range s.answers {
		t.choice(d.say2(s.words[i]), func(ctx context.Context, _ map[string]string) turn { return d.change(ctx, s, v) })
		t.band.Answers[i].Main = v == value
	}
	if len(s.answers) == 0 {
		t.band.Fields = []Field{{Name: s.name, Label: d.say2("set." + s.name), Value: value, Focus: true, Digits: s.digits, Wide: !s.digits}}
		t.on("Enter", d.say2("set.save"), true, func(ctx context.Context, in map[string]string) turn { return d.change(ctx, s, in[s.name]) })
	}
	d.later(&t)
	return t
}

// change stores a setting, as the owner where it is the owner's. While nobody has an
// owner's PIN, nobody can be asked for it.
func (d *Desk) change(ctx context.Context, s setting, value string) turn {
	if !s.owner {
		return d.store(ctx, s, value)
	}
	if _, known, err := d.c.OwnerPIN(ctx, ""); err == nil && !known {
		return d.store(ctx, s, value)
	}
	return d.owner(ctx, func(ctx context.Context) turn { return d.store(ctx, s, value) }, "")
}

func (d *Desk) store(ctx context.Context, s setting, value string) turn {
	had, err := d.c.Settings(ctx)
	if err != nil {
		return d.failed(err)
	}
	set := had
	if problem := s.put(&set, value); problem != "" {
		return d.askSetting(s, value, d.say2(problem))
	}
	if err := d.use(ctx, had, set); err != nil {
		if fault.CodeOf(err) == fault.Invalid {
			return d.askSetting(s, value, Trouble(d.env.Words, err))
		}
		return d.failed(err)
	}
	if set.Lang != "" && set.Lang != d.lang() && !d.env.Forced["lang"] {
		d.env.Words = assets.NewSpeaker(set.Lang)
	}
	t := d.settingsTurn(ctx)
	t.band.Tone, t.sound, t.row = ToneOf(assets.StateDone), SoundDone, "set/"+s.name
	t.band.Title, t.band.Why = d.say2("set.saved", "Name", d.say2("set."+s.name)), d.value(s, s.get(set))
	return t
}

// use puts settings to use and stores them; neither, if one fails.
func (d *Desk) use(ctx context.Context, had, set Settings) error {
	if d.env.Use == nil {
		return d.c.SetSettings(ctx, set)
	}
	if err := d.env.Use(set); err != nil {
		return err
	}
	err := d.c.SetSettings(ctx, set)
	if err != nil {
		_ = d.env.Use(had) // these could be read before
	}
	return err
}
