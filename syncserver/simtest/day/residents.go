package day

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// signIn signs a resident in with their card and the code that came by text.
func (d *day) signIn(ctx context.Context, i int) (*browser, error) {
	if b := d.people[i]; b != nil {
		return b, nil
	}
	b, err := newBrowser(d.p.base)
	if err != nil {
		return nil, err
	}
	if err := b.open(ctx, "/sign-in"); err != nil {
		return nil, err
	}
	before := len(d.texts())
	if err := b.submit(ctx, "/sign-in", map[string]string{"card": d.cards[i]}); err != nil {
		return nil, err
	}
	code, err := d.code(ctx, before)
	if err != nil {
		return nil, err
	}
	if err := b.submit(ctx, "/sign-in/code", map[string]string{"code": code}); err != nil {
		return nil, err
	}
	d.people[i] = b
	return b, nil
}

// texts returns the text messages sent so far: a demo district writes them down
// where everybody else's gateway sends them.
func (d *day) texts() []string {
	b, err := os.ReadFile(d.textsFile())
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

func (d *day) textsFile() string { return filepath.Join(d.p.dir, "server", "messages.log") }

// waitText waits for a text message, sent after the first n, that has all parts.
func (d *day) waitText(ctx context.Context, n int, parts ...string) (string, error) {
	ctx, stop := context.WithTimeout(ctx, 15*time.Second)
	defer stop()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		all := d.texts()
		for _, t := range all[min(n, len(all)):] {
			if must(t, parts...) == nil {
				return t, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no text message with %v came", parts)
		case <-tick.C:
		}
	}
}

// sixDigits finds a sign-in code in a text.
func sixDigits(text string) string {
	return regexp.MustCompile(`\b\d{6}\b`).FindString(text)
}

func (d *day) code(ctx context.Context, n int) (string, error) {
	ctx, stop := context.WithTimeout(ctx, 15*time.Second)
	defer stop()
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for {
		all := d.texts()
		for _, t := range all[min(n, len(all)):] {
			if c := sixDigits(t); c != "" {
				return c, nil
			}
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("no sign-in code came")
		case <-tick.C:
		}
	}
}

// request asks for a title at a store on the site and remembers the page.
func (d *day) request(ctx context.Context, i int, isbn, store string) error {
	b, err := d.signIn(ctx, i)
	if err != nil {
		return err
	}
	if err := b.open(ctx, "/titles/"+isbn); err != nil {
		return err
	}
	if err := b.submit(ctx, "/requests", map[string]string{"store": store}); err != nil {
		return err
	}
	d.reqs[i] = b.at.Path
	return d.remember(i)
}

// remember reads the pick-up number off the resident's page.
func (d *day) remember(i int) error {
	n := regexp.MustCompile(`\b\d{4}\b`)
	lab := find(d.people[i].page, func(x *html.Node) bool { return strings.Contains(attr(x, "class"), "lab") && n.MatchString(textOf(x)) })
	if lab == nil {
		return fmt.Errorf("%s shows no number: %s", d.people[i].at.Path, brief(d.people[i].text))
	}
	d.numbers[i] = n.FindString(textOf(lab))
	return nil
}

// look opens a resident's page of their request.
func (d *day) look(ctx context.Context, i int) (string, error) {
	b, err := d.signIn(ctx, i)
	if err != nil {
		return "", err
	}
	if err := b.open(ctx, d.reqs[i]); err != nil {
		return "", err
	}
	return b.text, nil
}
