package keys

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"

	"github.com/bookpayback/bookpayback/shared/fault"
	"github.com/bookpayback/bookpayback/shared/stamp"
)

// Place is where a secret is kept.
type Place string

// The places. A file is readable by its owner only; a keyring is unlocked with
// the owner's sign-in to the system.
const (
	InFile    Place = "file"
	InKeyring Place = "keyring"
)

// Kept says where a secret is and how it came there, for callers to show.
type Kept struct {
	In       Place
	Created  bool  // it was made just now
	Fallback error // why it is in a file although a keyring was asked for
	WasOpen  bool  // others could read its file; that has been mended
}

// Ring is one folder's secrets. Each has a name and lies in the file NAME.key
// of the folder, or in the system's keyring with a note in that file.
//
// A secret that is in the keyring is never silently replaced: if the keyring
// can't be opened the error is unavailable, and if the entry is gone,
// not_found with its own sentence.
type Ring struct {
	Dir     string // made with mode 0700 if missing
	Service string // the program's name in the keyring
	Keyring bool   // put new secrets into the keyring where there is one
}

const (
	fileMark    = "bookpayback key 1 "     // then the secret and four bytes of its SHA-256
	keyringMark = "bookpayback keyring 1 " // then the account name in the keyring
	maxKeyFile  = 1024                     // bytes; a longer file is damaged
)

// Key returns the named key. If there is none it is made from chance, or
// not_found if chance is nil.
func (r Ring) Key(name string, chance io.Reader) (Key, Kept, error) {
	seed, kept, err := r.secret(name, chance)
	if err != nil {
		return Key{}, kept, fault.Wrap("keys.Ring.Key", err)
	}
	return keyOf(seed), kept, nil
}

// BoxKey returns the named box key. If there is none it is made from chance,
// or not_found if chance is nil.
func (r Ring) BoxKey(name string, chance io.Reader) (BoxKey, Kept, error) {
	seed, kept, err := r.secret(name, chance)
	if err != nil {
		return BoxKey{}, kept, fault.Wrap("keys.Ring.BoxKey", err)
	}
	key, err := boxOf(seed)
	return key, kept, fault.Wrap("keys.Ring.BoxKey", err)
}

// MasterKey returns the named master key. If there is none it is made from
// chance, or not_found if chance is nil.
func (r Ring) MasterKey(name string, chance io.Reader) (MasterKey, Kept, error) {
	seed, kept, err := r.secret(name, chance)
	if err != nil {
		return MasterKey{}, kept, fault.Wrap("keys.Ring.MasterKey", err)
	}
	return MasterKey{key: hide(seed)}, kept, nil
}

// Forget deletes the named secret wherever it is; nothing to delete is no error.
func (r Ring) Forget(name string) error {
	note, err := r.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if account, in := strings.CutPrefix(note, keyringMark); err == nil && in {
		if err := keyring.Delete(r.Service, account); err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return fault.Wrap("keys.Ring.Forget", fault.New(fault.Unavailable, keyringLocked).Because(err))
		}
	}
	if err := os.Remove(r.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap("keys.Ring.Forget", fault.New(fault.Unavailable, "").Because(err))
	}
	return fault.Wrap("keys.Ring.Forget", syncDir(r.Dir))
}

// secret returns the named secret, or makes it.
func (r Ring) secret(name string, chance io.Reader) (*secret, Kept, error) {
	seed, kept, err := r.load(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return seed, kept, err
	}
	if chance == nil {
		return nil, Kept{}, fault.New(fault.NotFound, keyLost).Because(err)
	}
	seed, err = newSecret(chance)
	if err != nil {
		return nil, Kept{}, err
	}
	kept = Kept{In: InFile, Created: true}
	note := fileMark + encode(append(seed[:], check(seed)...))
	if r.Keyring {
		account, err := r.store(name, seed, chance)
		if err == nil {
			kept.In, note = InKeyring, keyringMark+account
		}
		kept.Fallback = err
	}
	switch err := r.write(name, note); {
	case errors.Is(err, fs.ErrExist):
		return r.load(name) // another program was faster; its secret counts
	case err != nil:
		return nil, Kept{}, fault.New(fault.Unavailable, "").Because(err)
	}
	return seed, kept, nil
}

// load returns a secret that exists; fs.ErrNotExist if there is none.
func (r Ring) load(name string) (*secret, Kept, error) {
	kept := Kept{In: InFile}
	note, err := r.read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, kept, err
	case err != nil:
		return nil, kept, fault.New(fault.Unavailable, "").Because(err)
	}
	if account, in := strings.CutPrefix(note, keyringMark); in {
		kept.In = InKeyring
		seed, err := r.fetch(account)
		return seed, kept, err
	}
	text, found := strings.CutPrefix(note, fileMark)
	seed, ok := parseSecret(text)
	if !found || !ok {
		return nil, kept, fault.New(fault.Internal, keyDamaged)
	}
	kept.WasOpen, err = r.tighten(name)
	return seed, kept, err
}

// store puts seed into the keyring under an account name of its own, so that
// two data folders of one person don't meet, and reads it back.
func (r Ring) store(name string, seed *secret, chance io.Reader) (account string, err error) {
	suffix := make([]byte, 5)
	if _, err := io.ReadFull(chance, suffix); err != nil {
		return "", err
	}
	account = name + " " + stamp.Grouped(suffix)
	if err := keyring.Set(r.Service, account, encode(append(seed[:], check(seed)...))); err != nil {
		return "", err
	}
	back, err := r.fetch(account)
	if err != nil {
		return "", err
	}
	if *back != *seed {
		return "", errors.New("the keyring returned something else")
	}
	return account, nil
}

// fetch returns the secret of an account in the keyring.
func (r Ring) fetch(account string) (*secret, error) {
	text, err := keyring.Get(r.Service, account)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return nil, fault.New(fault.NotFound, keyLost).Because(err)
	case err != nil:
		return nil, fault.New(fault.Unavailable, keyringLocked).Because(err)
	}
	seed, ok := parseSecret(text)
	if !ok {
		return nil, fault.New(fault.Internal, keyDamaged)
	}
	return seed, nil
}

// parseSecret reads a secret followed by its check bytes.
func parseSecret(text string) (*secret, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != SecretSize+4 {
		return nil, false
	}
	seed := secret(raw[:SecretSize])
	return &seed, bytes.Equal(raw[SecretSize:], check(&seed))
}

// check returns the bytes that show a mistyped or half-written secret.
func check(seed *secret) []byte {
	sum := sha256.Sum256(seed[:])
	return sum[:4]
}

func (r Ring) path(name string) string { return filepath.Join(r.Dir, name+".key") }

// read returns the named file's text.
func (r Ring) read(name string) (string, error) {
	f, err := os.Open(r.path(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	return strings.TrimSpace(string(data)), err
}

// write makes the named file at once and durably; fs.ErrExist if it is there.
func (r Ring) write(name, note string) error {
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(r.Dir, name+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.WriteString(note + "\n")
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	// A link, unlike a rename, fails when somebody else was faster.
	err = os.Link(temp.Name(), r.path(name))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(temp.Name(), r.path(name)) // a file system without links
	}
	if err != nil {
		return err
	}
	return syncDir(r.Dir)
}

// tighten takes everybody else's rights from the named file and reports
// whether they had any. A folder that was there before us keeps its mode, since
// other things may be in it. Windows keeps rights elsewhere.
func (r Ring) tighten(name string) (wasOpen bool, err error) {
	if runtime.GOOS == "windows" {
		return false, nil
	}
	info, err := os.Stat(r.path(name))
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		wasOpen, err = true, os.Chmod(r.path(name), 0o600)
	}
	if err != nil {
		return wasOpen, fault.New(fault.Unavailable, "").Because(err)
	}
	return wasOpen, nil
}

// syncDir makes a new or deleted name in dir durable. Windows can't and needn't.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
