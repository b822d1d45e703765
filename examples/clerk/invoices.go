package main

import (
	"slices"
	"strconv"
	"sync"
)

// maxInvoices is how many invoices one organization can have here.
const maxInvoices = 1000

type invoice struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Cents    int64  `json:"cents"`
	By       string `json:"by"` // the ID of the user
}

// invoices are kept in memory by the ID of their organization. An application keeps
// them in a database, and asks for them with that ID in the query.
type invoices struct {
	mu    sync.Mutex
	byOrg map[string][]invoice
	last  int
}

func newInvoices() *invoices { return &invoices{byOrg: map[string][]invoice{}} }

// of returns those of the organization. It is never nil.
func (i *invoices) of(org string) []invoice {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]invoice{}, i.byOrg[org]...)
}

// add reports false when there is no room.
func (i *invoices) add(org string, n invoice) (invoice, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.byOrg[org]) >= maxInvoices {
		return n, false
	}
	i.last++
	n.ID = strconv.Itoa(i.last)
	i.byOrg[org] = append(slices.Clip(i.byOrg[org]), n)
	return n, true
}

func (i *invoices) clear(org string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.byOrg, org)
}

func (i *invoices) total() (n int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, list := range i.byOrg {
		n += len(list)
	}
	return n
}
