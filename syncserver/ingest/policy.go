package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/payback"
)

// The columns of a policy, by place.
const (
	pName = iota
	pValue
)

// policy reads one set of rules: a row for each rule that differs from those in
// force, and one, from, for the first day on which they hold. Rules go by their
// names in payback.Policy, some also in Korean. Rules belong together, so one bad
// row refuses them all.
func policy() format {
	return format{table: payback.TPolicy, read: readRule, after: writePolicy, columns: []column{
		pName:  {need: true, aliases: []string{"name", "항목", "이름", "규칙", "rule"}},
		pValue: {need: true, aliases: []string{"value", "값", "내용"}},
	}}
}

// rule is one row of a policy.
type rule struct{ name, value string }

// ruleName turns the Korean name of a rule into that of its field.
func ruleName(name string) string {
	korean := map[string]string{
		"시행일": "from", "월한도": "month_limit", "연한도": "year_limit", "베스트셀러권수": "cap_bestseller", "일반도서권수": "cap_other",
		"가격상한": "price_ceiling", "발행연한": "max_age_years", "학습참고서제외": "refuse_study_aids", "할인율": "max_discount",
		"반납기한": "loan_days", "수령기간": "pickup_days", "서점변경기간": "decline_keep_days", "제안기간": "offer_days",
		"대기기간": "wait_days", "대기인원": "max_line", "노쇼제한": "no_show_bar_days", "결정기간": "decide_days",
		"소장전환": "kept_after_days", "납품기한": "hand_over_days", "예산": "budget_year", "정산비율": "contract_rate",
		"두사람결재": "two_person", "가족수령": "family_collects",
	}
	if field, ok := korean[plain(name)]; ok {
		return field
	}
	return name
}

// readRule remembers one rule. It gives no entity: writePolicy makes the one row.
func readRule(im *importing, c *cells) (entity, string, *flaw) {
	r := rule{name: ruleName(c.text(pName)), value: c.text(pValue)}
	trial := payback.DefaultPolicy()
	if wrong := r.lay(&trial); wrong != nil {
		return entity{}, "", c.in(pValue, wrong)
	}
	im.rules = append(im.rules, r)
	return entity{}, r.name, nil
}

// lay sets the rule in p. Numbers may have commas; yes and no are true and false,
// 예 and 아니오.
func (r rule) lay(p *payback.Policy) *flaw {
	value := []byte(strconv.Quote(r.value))
	if n, err := strconv.ParseInt(strings.NewReplacer(",", "", "원", "").Replace(r.value), 10, 64); err == nil {
		value = strconv.AppendInt(nil, n, 10)
	}
	switch plain(r.value) {
	case "true", "yes", "예", "네":
		value = []byte("true")
	case "false", "no", "아니오", "아니요":
		value = []byte("false")
	}
	d := json.NewDecoder(bytes.NewReader([]byte(`{` + strconv.Quote(r.name) + `:` + string(value) + `}`)))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return bad("ingest.rule_form", "Rule", shorten(r.name, 40), "Value", shorten(r.value, 40))
	}
	if _, err := payback.ParseDate(string(p.From)); err != nil {
		return bad("ingest.day_form", "Value", shorten(r.value, 40))
	}
	raw, err := payback.EncodeRow(&payback.PolicyRow{Policy: *p})
	trial := &payback.Upsert{Table: payback.TPolicy, Rows: []json.RawMessage{raw}, ID: "trial"}
	known := p.Late == payback.LateChoice || p.Late == payback.LateRefuse || p.Late == payback.LateRefund
	if err != nil || !known || !trial.Check().None() {
		return bad("ingest.rule_form", "Rule", r.name, "Value", shorten(r.value, 40))
	}
	return nil
}

// writePolicy lays the file's rules over those that hold on their first day.
func writePolicy(ctx context.Context, im *importing) error {
	if im.report.Refused > 0 {
		return fault.New(fault.Invalid, "ingest.policy_refused")
	}
	from := payback.Date("")
	for _, r := range im.rules {
		if r.name == "from" {
			from = payback.Date(r.value)
		}
	}
	if from == "" {
		return fault.New(fault.Invalid, "ingest.policy_from")
	}
	row := &payback.PolicyRow{Policy: im.env.Policies.On(from)}
	row.From = from
	for _, r := range im.rules {
		if wrong := r.lay(&row.Policy); wrong != nil {
			return &fault.Error{Code: fault.Invalid, Key: wrong.key, Args: wrong.args}
		}
	}
	if from < payback.DateOf(im.o.Ledger.Now(), im.zone()) && len(im.env.Policies) > 0 {
		im.note(1, bad("ingest.policy_past", "From", string(from)))
	}
	have, err := im.rows(ctx, map[payback.Key]bool{row.Key(): true})
	if err != nil {
		return err
	}
	return im.write(ctx, payback.TPolicy, []payback.Row{row}, have)
}
