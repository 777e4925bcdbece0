package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/keys"
	"github.com/bookpayback/bookpayback/shared/release"
)

// releaseVerbs are for who builds programs; no server needs the key that they use.
type releaseVerbs struct {
	Key  releaseKey  `cmd:"" help:"Print the public half of the release key, made if it is not there: it goes into programs by make package RELEASE_KEY=."`
	Sign releaseSign `cmd:"" help:"Put a program of the counter into a folder of updates, signed."`
}

// releaseKey prints the public half.
type releaseKey struct {
	Dir string `arg:"" help:"Folder of the release key, kept away from every server." type:"path"`
}

// releaseName is the key's name in its folder.
const releaseName = "release"

func openRelease(dir string) (keys.Key, error) {
	key, _, err := keys.Ring{Dir: dir}.Key(releaseName, rand.Reader)
	return key, err
}

// Run prints it.
func (v *releaseKey) Run(p *program) error {
	key, err := openRelease(v.Dir)
	if err != nil {
		return err
	}
	if p.JSON {
		return p.inJSON(map[string]string{"key": string(key.Public()), "fingerprint": key.Fingerprint()})
	}
	p.tell("server.release_key", "Key", string(key.Public()))
	return nil
}

// releaseSign signs.
type releaseSign struct {
	Program   string `arg:"" help:"The program." type:"existingfile"`
	Key       string `required:"" help:"Folder of the release key." type:"path"`
	To        string `required:"" help:"Folder of updates, as serve --updates has it." type:"path"`
	Release   string `required:"" help:"Its version, as the program says it."`
	OS        string `name:"os" help:"System that it is for." default:"linux"`
	Arch      string `help:"Processor that it is for." default:"amd64"`
	Face      string `help:"desktop or terminal." enum:"desktop,terminal" default:"desktop"`
	MinSchema int    `name:"min-schema" help:"Oldest schema of a data folder that it opens." default:"1"`
}

// Run signs the program and puts it there, the manifest last: until then the older
// manifest stands, which the new bytes don't fit and no counter takes.
func (v *releaseSign) Run(p *program) error {
	key, err := openRelease(v.Key)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(v.Program)
	if err != nil {
		return fault.New(fault.Invalid, "server.release_unreadable", "File", v.Program).Because(err)
	}
	sum := sha256.Sum256(body)
	signed, err := release.Sign(key, release.Manifest{Version: v.Release, OS: v.OS, Arch: v.Arch, Face: v.Face,
		Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:]), MinSchema: v.MinSchema})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(v.To, 0o755); err != nil {
		return fault.New(fault.Unavailable, "fault.read_only").Because(err)
	}
	name := filepath.Join(v.To, release.Name(v.OS, v.Arch, v.Face))
	for _, f := range []struct {
		path string
		body []byte
	}{{name, body}, {name + ".json", signed}} {
		part := f.path + "." + time.Now().Format("150405") + ".tmp"
		if err := os.WriteFile(part, f.body, 0o644); err != nil {
			return fault.New(fault.Unavailable, "fault.read_only").Because(err)
		}
		if err := os.Rename(part, f.path); err != nil {
			return fault.New(fault.Unavailable, "fault.read_only").Because(err)
		}
	}
	p.tell("server.release_signed", "Version", v.Release, "File", name)
	return nil
}
