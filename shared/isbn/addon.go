package isbn

import "strings"

// addOnDigits is the length of an add-on.
const addOnDigits = 5

// AddOn is the add-on code (부가기호) beside an ISBN: five digits, the first for the reader, the second for the form, the
// last three for the subject. The zero value is "none", of which every question below is false.
//
// Readers of bar codes may call such a code a suggested price; in Korea it never is one.
// The values are those in common use in Korea. They have not been compared with the handbook of the National Library of
// Korea (한국문헌번호 편람), so a rule that refuses by one alone should leave a person the last word.
type AddOn string

// ParseAddOn reads five digits, full-width ones and spaces allowed. The error is AddOnWrong.
func ParseAddOn(s string) (AddOn, error) {
	a := AddOn(strings.ReplaceAll(strings.Map(narrow, s), " ", ""))
	if !a.Valid() {
		return "", AddOnWrong
	}
	return a, nil
}

// Valid reports whether a is five digits. There is no check digit.
func (a AddOn) Valid() bool { return len(a) == addOnDigits && allDigits(string(a)) }

// Reader is whom a book is for: the first digit of the add-on.
type Reader byte

// The readers; 2, 3 and 8 are not given out.
const (
	ReaderGeneral    Reader = '0' // 교양
	ReaderPractical  Reader = '1' // 실용
	ReaderTeen       Reader = '4' // 청소년
	ReaderSecondary  Reader = '5' // 중·고등 학습참고서
	ReaderPrimary    Reader = '6' // 초등 학습참고서
	ReaderChild      Reader = '7' // 아동
	ReaderSpecialist Reader = '9' // 전문
)

// Key returns the message key of r; readers not given out, and none, share isbn.reader.other.
func (r Reader) Key() string {
	if r != 0 && strings.IndexByte("0145679", byte(r)) >= 0 {
		return "isbn.reader." + string(r)
	}
	return "isbn.reader.other"
}

// Form is how a book is made: the second digit of the add-on.
type Form byte

// The forms; 9 is not given out.
const (
	FormPocket      Form = '0' // 문고본
	FormDictionary  Form = '1' // 사전
	FormSmall       Form = '2' // 신서판
	FormMonograph   Form = '3' // 단행본
	FormSet         Form = '4' // 전집, 총서, 다권본
	FormElectronic  Form = '5' // 전자출판물
	FormIllustrated Form = '6' // 도감
	FormPicture     Form = '7' // 그림책, 만화
	FormMixed       Form = '8' // 혼합자료, 점자, 마이크로
)

// Key returns the message key of f; forms not given out, and none, share isbn.form.other.
func (f Form) Key() string {
	if FormPocket <= f && f <= FormMixed {
		return "isbn.form." + string(f)
	}
	return "isbn.form.other"
}

// Reader returns whom the book is for, 0 when a is not Valid.
func (a AddOn) Reader() Reader {
	if !a.Valid() {
		return 0
	}
	return Reader(a[0])
}

// Form returns how the book is made, 0 when a is not Valid.
func (a AddOn) Form() Form {
	if !a.Valid() {
		return 0
	}
	return Form(a[1])
}

// Subject returns the last three digits, "" when a is not Valid: the class of the Korean decimal classification, whose
// last digit is normally 0 (810 is Korean literature).
func (a AddOn) Subject() string {
	if !a.Valid() {
		return ""
	}
	return string(a[2:])
}

// StudyAid reports whether a is of a school study aid, 5 for secondary and 6 for primary schools.
func (a AddOn) StudyAid() bool { return a.Reader() == ReaderSecondary || a.Reader() == ReaderPrimary }

// Dictionary reports whether a is of a dictionary.
func (a AddOn) Dictionary() bool { return a.Form() == FormDictionary }

// Set reports whether a is of a set or series. One volume of a series has it too, so it is a warning and no proof.
func (a AddOn) Set() bool { return a.Form() == FormSet }

// Electronic reports whether a is of an electronic publication.
func (a AddOn) Electronic() bool { return a.Form() == FormElectronic }

// Comic reports whether a may be of a comic: form 7 with subject 650 (drawing) or 810 (literature). Picture books with
// these subjects exist, so it is a warning and no proof.
func (a AddOn) Comic() bool {
	return a.Form() == FormPicture && (a.Subject() == "650" || a.Subject() == "810")
}
