// Package localissuer is the issuer of `authkeel issuer` and `authkeel check`. It has
// test users, makes OpenID Connect or Clerk tokens for them, and can save all of it
// in a file.
package localissuer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The kinds of issuers.
const (
	OIDC  = "oidc"
	Clerk = "clerk"
)

const stateVersion = 1

// State is an issuer as it is saved in a file. It contains private keys. No server
// outside development may trust such an issuer.
type State struct {
	Version  int    `json:"version"`
	Provider string `json:"provider"`
	Addr     string `json:"addr"`
	URL      string `json:"issuer"`             // `iss`
	Audience string `json:"audience,omitempty"` // OIDC only
	Party    string `json:"party,omitempty"`    // Clerk only: azp of its sessions
	// FrontEnds are the origins of the front ends that may ask for tokens from a
	// script, and that users are sent back to.
	FrontEnds []string `json:"front_ends,omitempty"`
	Keys      []Key    `json:"keys"` // the last key signs
	People    []Person `json:"people"`

	SecretKey     string `json:"secret_key,omitempty"`     // Clerk only
	WebhookSecret string `json:"webhook_secret,omitempty"` // Clerk only
}

// Key is a private key with its key ID and algorithm.
type Key struct {
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	PEM       string `json:"pem"`
}

// Person is a test user.
type Person struct {
	Name        string   `json:"name"` // the value of the form field user
	Subject     string   `json:"sub"`
	Email       string   `json:"email,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	Permissions []string `json:"permissions,omitempty"`
	Scope       string   `json:"scope,omitempty"`
}

// DefaultPeople returns the users of a new issuer. With Clerk, the admin has the
// role in an organization as well.
func DefaultPeople(provider string) []Person {
	people := []Person{
		{Name: "ada", Subject: "user_ada", Email: "ada@example.test", Roles: []string{"admin"}, Permissions: []string{"invoices:read", "invoices:write"}, Scope: "read write"},
		{Name: "mo", Subject: "user_mo", Email: "mo@example.test", Roles: []string{"member"}, Permissions: []string{"invoices:read"}, Scope: "read"},
		{Name: "nobody", Subject: "user_nobody"},
	}
	if provider == Clerk {
		people[0].Roles, people[1].Roles = []string{"org:admin", "admin"}, []string{"org:member", "member"}
	}
	return people
}

// Load reads a saved state. The error wraps fs.ErrNotExist when there is no such file.
func Load(file string) (*State, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%s is not a saved issuer: %w; remove the file, or name another", file, err)
	}
	switch {
	case s.Version != stateVersion:
		return nil, fmt.Errorf("%s has version %d, but this authkeel reads version %d: delete the file to start a new issuer", file, s.Version, stateVersion)
	case s.Provider != OIDC && s.Provider != Clerk, s.URL == "", len(s.Keys) == 0:
		return nil, fmt.Errorf("%s is incomplete: delete the file to start a new issuer", file)
	}
	return &s, s.checkPeople()
}

// Save writes the state with mode 0600. The file is replaced in one step, so a failure
// leaves the old one.
func (s *State) Save(file string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".authkeel-*") // mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be written: there is no folder %s; make it first", file, filepath.Dir(file))
	}
	if err != nil {
		return err
	}
	_, err = temporary.Write(append(text, '\n'))
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		if gone := os.Remove(temporary.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func (s *State) checkPeople() error {
	seen := make(map[string]bool, len(s.People))
	for _, p := range s.People {
		if err := p.check(); err != nil {
			return err
		}
		if seen[p.Name] {
			return fmt.Errorf("the name %q is used twice", p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

func (p Person) check() error {
	switch {
	case p.Name == "" || len(p.Name) > 100 || strings.ContainsAny(p.Name, "/&=?#\r\n"):
		return fmt.Errorf("%q is not a valid name: use letters and digits", p.Name)
	case p.Subject == "" || len(p.Subject) > 200:
		return fmt.Errorf("%s needs a subject, such as user_%s", p.Name, p.Name)
	}
	return nil
}

// person returns the user with this name.
func (s *State) person(name string) (Person, bool) {
	for _, p := range s.People {
		if p.Name == name {
			return p, true
		}
	}
	return Person{}, false
}
