package ingest

import (
	"errors"
	"time"

	"github.com/bookpayback/bookpayback/shared/isbn"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// The columns of titles, by place.
const (
	tISBN = iota
	tName
	tAuthor
	tPublisher
	tPublished
	tPrice
	tClass
	tAddOn
)

// titles reads lists of titles: our own form, booksellers' and publishers'
// exports, and those of the national library and 정보나루.
func titles() format {
	return format{table: payback.TTitle, read: readTitle, columns: []column{
		tISBN:      {need: true, aliases: []string{"isbn", "도서번호", "isbn13", "isbnthirteenno", "eaisbn", "ean13", "ean", "isbn번호", "바코드"}},
		tName:      {need: true, aliases: []string{"title", "도서명", "booktitle", "책이름", "titlenm", "제목", "서명", "책제목", "상품명", "bookname", "name"}},
		tAuthor:    {aliases: []string{"author", "저자", "bookauthor", "authrnm", "authornm", "지은이", "저자명", "작가", "글쓴이"}},
		tPublisher: {aliases: []string{"publisher", "출판사", "publishernm", "출판사명", "발행처", "발행자"}},
		tPublished: {aliases: []string{"published", "pubdate", "발행년도", "출판일", "출간일", "발행일", "발행연도", "출판년도",
			"출판연도", "출간년도", "pblictede", "twopblictede", "publicationyear", "pubyear"}},
		tPrice: {aliases: []string{"price", "정가", "가격", "preprice", "책값", "prcvalue"}},
		tClass: {aliases: []string{"class", "구분", "베스트셀러", "bestseller"}},
		tAddOn: {aliases: []string{"addon", "부가기호", "eaaddcode", "additionsymbol", "addoncode", "isbnadditionsymbol"}},
	}}
}

func readTitle(im *importing, c *cells) (entity, string, *flaw) {
	number, addOn, wrong := readISBN(c, tISBN)
	if wrong != nil {
		return entity{}, "", wrong
	}
	t := &payback.Title{ISBN: number, Name: c.named(tName), Author: c.short(tAuthor), Publisher: c.short(tPublisher), AddOn: string(addOn)}
	if t.Name == "" {
		return entity{}, "", c.wrong(tName, "ingest.title_empty")
	}
	price, ok := won(c.text(tPrice))
	if !ok {
		return entity{}, "", c.wrong(tPrice, "ingest.price_form", "Value", shorten(c.text(tPrice), 40))
	}
	t.Price = price
	now := time.UnixMilli(im.o.Ledger.Now()).In(im.zone())
	if t.Published, ok = published(c.text(tPublished), now); !ok {
		c.note(tPublished, "ingest.date_dropped", "Value", shorten(c.text(tPublished), 40))
	}
	if t.Class, ok = class(c.text(tClass)); !ok {
		c.note(tClass, "ingest.class_dropped", "Value", shorten(c.text(tClass), 40))
	}
	if given := c.text(tAddOn); given != "" {
		t.AddOn = string(readAddOn(c, given))
	}
	return entity{row: t}, string(number), nil
}

// zone is the district's.
func (im *importing) zone() *time.Location {
	if im.env.Zone != nil {
		return im.env.Zone
	}
	return time.UTC
}

// readISBN reads a needed ISBN, in the same cell perhaps with its add-on.
func readISBN(c *cells, i int) (isbn.ISBN, isbn.AddOn, *flaw) {
	number, addOn, err := isbn.ParseBarcode(c.text(i))
	var problem isbn.Problem
	if errors.As(err, &problem) {
		return "", "", c.wrong(i, problem.Key())
	}
	return number, addOn, nil
}

// readAddOn reads an add-on code. A spreadsheet takes the zero in front away; one
// that can't be read is left out, since the title can be had without it.
func readAddOn(c *cells, given string) isbn.AddOn {
	if len(given) == 4 {
		given = "0" + given
	}
	addOn, err := isbn.ParseAddOn(given)
	if err != nil {
		c.note(tAddOn, isbn.AddOnWrong.Key())
		return ""
	}
	return addOn
}

// named returns a name, short any other text; both are cut at their limit, with a note.
func (c *cells) named(i int) string { return c.cut(i, MaxName) }
func (c *cells) short(i int) string { return c.cut(i, MaxText) }

func (c *cells) cut(i, limit int) string {
	text := c.text(i)
	if len(text) > limit {
		c.note(i, "ingest.cut", "Limit", num(limit))
		return shorten(text, limit)
	}
	return text
}
