package counter

// Event is what a clerk did at a face. Exactly one of Scan, Key, Pick, Tab,
// Typed, News and Notice is set; Fields comes with a Key.
type Event struct {
	Scan   string            // a whole code, by scanner, paste or typed with Enter
	Key    string            // "1".."9", "Enter", "Esc", "F1".."F12", "Ctrl+1".., "Ctrl+L", "Up", "Down", "PgUp", "PgDn", "Home", "End"
	Fields map[string]string // all values of the band's fields by name, with any Key while it has some
	Pick   string            // a row was clicked: its ID
	Tab    TabID             // a tab was clicked
	Typed  *Typed            // the text of a field that searches, or of the scan field, is another one now
	Notice string            // what the clerk must know of this computer, in words: the printer is off, the scanner is unplugged
	News   bool              // something changed in the background, or a minute began: draw anew
}

// Typed is the text of a field as it stands after a key. A face sends it for the
// scan field and for fields that search, at once and for every key; it is answered
// without waiting, so that a scan behind it is not held up.
type Typed struct {
	Field string // the band's field by name; "" for the scan field
	Text  string // all of it, with the syllable in the making
}
