package ingest

import (
	"context"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/payback"
	"github.com/bookpayback/bookpayback/syncserver/vault"
)

// The columns of residents, by place.
const (
	rCard = iota
	rName
	rPhone
	rStatus
)

// residents reads a library's list of members. Name, phone and card number go to
// the vault; the ledger gets a pseudonym, the card's tag and the status.
func residents() format {
	return format{table: payback.TResident, read: readResident, columns: []column{
		rCard:   {need: true, aliases: []string{"card", "회원증번호", "cardno", "cardnumber", "대출증번호", "도서회원번호", "회원번호"}},
		rName:   {need: true, aliases: []string{"name", "이름", "성명", "회원명"}},
		rPhone:  {aliases: []string{"phone", "휴대전화", "휴대폰", "휴대전화번호", "휴대폰번호", "핸드폰", "전화번호", "mobile", "연락처", "전화"}},
		rStatus: {aliases: []string{"status", "상태", "회원상태", "자격"}},
	}}
}

func readResident(_ *importing, c *cells) (entity, string, *flaw) {
	number, ok := phone(c.text(rPhone))
	if !ok {
		return entity{}, "", c.wrong(rPhone, "ingest.phone_form")
	}
	p := vault.Details{Name: c.text(rName), Phone: number, Card: c.text(rCard)}
	if err := p.Check(); err != nil {
		return entity{}, "", ofPerson(c, err)
	}
	isBlocked, ok := blocked(c.text(rStatus))
	if !ok {
		return entity{}, "", c.wrong(rStatus, "ingest.status_form")
	}
	return entity{row: &payback.Resident{Blocked: isBlocked}, person: p}, keys.NormalCard(p.Card), nil
}

// ofPerson turns the vault's answer about a person into the flaw of a column.
func ofPerson(c *cells, err error) *flaw {
	column := rCard
	key, _ := fault.Message(err)
	switch {
	case strings.HasSuffix(key, "name"):
		column = rName
	case strings.HasSuffix(key, "phone"):
		column = rPhone
	}
	return c.wrong(column, key)
}

// keepPeople gives the batch to the vault and takes the pseudonyms.
func (im *importing) keepPeople(ctx context.Context, batch []entity) error {
	people := make([]vault.Details, len(batch))
	for i, e := range batch {
		people[i] = e.person
	}
	if len(people) == 0 {
		return nil
	}
	kept, err := im.o.Vault.Import(ctx, im.o.District, people)
	if err != nil {
		return err
	}
	if len(kept) != len(batch) {
		return fault.New(fault.Internal, "")
	}
	for i := range batch {
		r := batch[i].row.(*payback.Resident)
		r.ID, r.CardTag = kept[i].ID, kept[i].CardTag
	}
	return nil
}
