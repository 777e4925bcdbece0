// Package hangul does what Korean text needs and a general text library lacks: search keys by two-syllable pieces and by
// initial consonants, the way back from letters typed with the Hangul keyboard on, a two-set composer, and masked names.
//
// Jamo are those of the compatibility block (U+3131 to U+3163), the ones that keyboards give; conjoining ones from other
// systems are turned into them. The package is pure; only a Composer has state.
package hangul
