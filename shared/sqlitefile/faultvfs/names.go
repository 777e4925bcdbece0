package faultvfs

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
)

// remove takes a file's name away, not durably.
func (d *Disk) remove(name string) {
	f := d.files[name]
	delete(d.files, name)
	if d.fault {
		d.ghosts[name] = f
	}
}

// syncNames makes what was made, moved and deleted in a folder so on the platter. A
// move between two folders is one change: a sync of either makes it durable.
func (d *Disk) syncNames(folder string) {
	in := func(name string) bool { return path.Dir(name) == folder }
	maps.DeleteFunc(d.ghosts, func(name string, _ *file) bool { return in(name) })
	for name, f := range d.files {
		if in(name) {
			f.named = true
		}
	}
	d.moves = slices.DeleteFunc(d.moves, func(m move) bool { return in(m.from) || in(m.to) })
	for name := range d.folders {
		if in(name) {
			d.folders[name] = true
		}
	}
}

// forget undoes what a power cut may undo of names: the last moves, deletions, and
// folders with all that is in them.
func (d *Disk) forget(chance *rand.Rand) {
	if n := len(d.moves); n > 0 {
		stays := chance.IntN(n + 1)
		for _, m := range slices.Backward(d.moves[stays:]) {
			d.undo(m)
		}
		for _, m := range d.moves[:stays] {
			m.f.named = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.ghosts)) {
		if g := d.ghosts[name]; d.files[name] == nil && g.named && chance.IntN(2) == 0 {
			d.files[name] = g // the deletion never reached the platter
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(d.folders)) {
		if d.folders[folder] || chance.IntN(2) == 0 {
			continue
		}
		delete(d.folders, folder)
		maps.DeleteFunc(d.files, func(name string, _ *file) bool { return strings.HasPrefix(name, folder+"/") })
	}
}

// undo takes a move back, if nothing that was done since stands in the way.
func (d *Disk) undo(m move) {
	if d.files[m.to] != m.f || d.files[m.from] != nil {
		return
	}
	delete(d.files, m.to)
	d.files[m.from] = m.f
	if m.over != nil {
		d.files[m.to] = m.over
	}
}
