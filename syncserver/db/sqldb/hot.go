package sqldb

import (
	"context"
	"database/sql"
	"sync"
)

// hot keeps prepared statements of the writing connection. Parsing a statement of
// many rows costs as much as running it, so the few shapes that batches use are
// prepared once. A statement that a transaction first asks for is prepared after
// it: the one writing connection is busy until then.
type hot struct {
	mu       sync.Mutex
	prepared map[string]*sql.Stmt // guarded by mu
	wanted   map[string]bool      // guarded by mu
}

// maxHot bounds the statements kept: shapes are few by construction.
const maxHot = 400

func (h *hot) get(query string) *sql.Stmt {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := h.prepared[query]
	if st == nil && len(h.prepared)+len(h.wanted) < maxHot {
		if h.wanted == nil {
			h.wanted = map[string]bool{}
		}
		h.wanted[query] = true
	}
	return st
}

// prepare prepares what transactions asked for. A failure only costs speed.
func (h *hot) prepare(ctx context.Context, d *sql.DB) {
	h.mu.Lock()
	wanted := h.wanted
	h.wanted = nil
	h.mu.Unlock()
	for query := range wanted {
		st, err := d.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		h.mu.Lock()
		if h.prepared == nil {
			h.prepared = map[string]*sql.Stmt{}
		}
		h.prepared[query] = st
		h.mu.Unlock()
	}
}

// sizes are the numbers of rows or ids that one statement has, so that there are
// few shapes: what is left over goes into smaller ones.
func sizes() []int { return []int{128, 32, 8, 2, 1} }

// shapes cuts a list into parts of these sizes, largest first.
func shapes[T any](list []T, f func(part []T) error) error {
	for _, n := range sizes() {
		for len(list) >= n {
			if err := f(list[:n]); err != nil {
				return err
			}
			list = list[n:]
		}
	}
	return nil
}
