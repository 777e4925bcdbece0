package day

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The officer and the librarian at the console, and the clerk's box.

// Password is what the officer and the librarian of the day sign in with.
const Password = "a long password for a demo"

// box packs the returned copy, closes its box and hands it over.
func (d *day) box(ctx context.Context) error {
	if err := d.verbs(ctx, d.a, "transfer pack "+inTime); err != nil {
		return err
	}
	var boxes []struct {
		ID      string `json:"id"`
		Library string `json:"library"` // its name
	}
	if err := d.a.json(ctx, &boxes, "transfer", "list"); err != nil {
		return err
	}
	if len(boxes) == 0 {
		return fmt.Errorf("no box is open at s01")
	}
	id := boxes[0].ID
	d.libraryName = boxes[0].Library
	if err := d.verbs(ctx, d.a, "transfer close "+id); err != nil {
		return err
	}
	if err := d.verbs(ctx, d.a, "transfer hand-over "+id+" --to 4711"); err != nil {
		return err
	}
	d.tell("handed")
	return nil
}

// signInStaff makes the first officer's account from the link that the server
// printed, and a librarian's from the officer's invitation.
func (d *day) signInStaff(ctx context.Context) error {
	log, err := os.ReadFile(filepath.Join(d.p.dir, "server.log"))
	if err != nil {
		return err
	}
	links := regexp.MustCompile(`/console/setup/[A-Za-z0-9_-]+`).FindAllString(string(log), -1)
	if len(links) == 0 {
		return fmt.Errorf("the server printed no set-up link")
	}
	if d.officer, err = d.account(ctx, links[len(links)-1], "officer"); err != nil { // each start prints a fresh one
		return err
	}
	if err := d.officer.open(ctx, "/console/accounts"); err != nil {
		return err
	}
	library, err := d.officer.option("library", d.libraryName)
	if err != nil {
		return err
	}
	if err := d.officer.submit(ctx, "/accounts", map[string]string{"name": "librarian", "role": "librarian", "library": library}); err != nil {
		return err
	}
	invited := regexp.MustCompile(`/console/setup/[A-Za-z0-9_-]+`).FindString(d.officer.raw)
	if invited == "" {
		return fmt.Errorf("the officer saw no invitation: %s", brief(d.officer.text))
	}
	if d.librarian, err = d.account(ctx, invited, ""); err != nil {
		return err
	}
	d.tell("staff")
	return nil
}

// account opens a set-up link in a new browser and chooses a password; name is ""
// where the invitation has it.
func (d *day) account(ctx context.Context, link, name string) (*browser, error) {
	b, err := newBrowser(d.p.base)
	if err != nil {
		return nil, err
	}
	if err := b.open(ctx, link); err != nil {
		return nil, err
	}
	values := map[string]string{"password": Password, "again": Password}
	if name != "" {
		values["name"] = name
	}
	return b, b.submit(ctx, "/setup/", values)
}

// intake scans the copy in and ends the box; the officer sees line and figures.
func (d *day) intake(ctx context.Context) error {
	b := d.librarian
	if err := b.open(ctx, "/console/intake"); err != nil {
		return err
	}
	box, err := b.link("/console/intake/")
	if err != nil {
		return err
	}
	if err := b.open(ctx, box); err != nil {
		return err
	}
	if err := b.submit(ctx, "/scan", map[string]string{"isbn": inTime}); err != nil {
		return err
	}
	if err := b.open(ctx, box); err != nil {
		return err
	}
	if err := b.submit(ctx, "/end", nil); err != nil {
		return err
	}
	d.tell("taken_in")
	if _, err := d.a.do(ctx, []int{0}, "sync"); err != nil {
		return err
	}
	if err := d.officer.open(ctx, "/console/stats?report=returns"); err != nil {
		return err
	}
	if err := must(d.officer.text, d.libraryName); err != nil {
		return err
	}
	d.tell("stats")
	if err := d.officer.open(ctx, "/console/"); err != nil {
		return err
	}
	if !strings.Contains(d.officer.text, "13,000") {
		return fmt.Errorf("the officer's page shows no line of 13,000: %s", brief(d.officer.text))
	}
	d.tell("line")
	return nil
}
