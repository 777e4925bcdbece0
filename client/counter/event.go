package counter

// Event is what a clerk did at a face. Exactly one of Scan, Key, Pick, Tab,
// News and Notice is set; Fields comes with a Key.
type Event struct {
	Scan   string            // a whole code, by scanner, paste or typed with Enter
	Key    string            // "1".."9", "Enter", "Esc", "F1".."F12", "Ctrl+1".., "Ctrl+L", "Up", "Down", "PgUp", "PgDn", "Home", "End"
	Fields map[string]string // all values of the band's fields by name, with any Key while it has some
	Pick   string            // a row was clicked: its ID
	Tab    TabID             // a tab was clicked
	Notice string            // what the clerk must know of this computer, in words: the printer is off, the scanner is unplugged
	News   bool              // something changed in the background, or a minute began: draw anew
}
