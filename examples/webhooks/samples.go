package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// sample is a message as Clerk sends it, with the members that this program reads.
type sample struct {
	event, about string // the type, and the ID of the object
	webhook      devclerk.Webhook
}

// object is a JSON object.
type object = map[string]any

// story has the events of a small company, in the order in which they happened, a
// millisecond each. It ends now.
func story(secret string) ([]sample, error) {
	var samples []sample
	events := []struct {
		event string
		data  func(at int64) object
	}{
		{clerk.OrganizationCreated, organizationNamed("org_acme", "Acme")},
		{clerk.UserCreated, userNamed("user_ada", "Ada", "Lovelace")},
		{clerk.UserCreated, userNamed("user_max", "Max", "")},
		{clerk.UserCreated, userNamed("user_mo", "Mo", "")},
		{clerk.UserCreated, userNamed("user_penny", "Penny", "")},
		{clerk.MembershipCreated, membershipOf("user_ada", "org_acme", "org:admin", 1)},
		{clerk.MembershipCreated, membershipOf("user_max", "org_acme", "org:admin", 2)},
		{clerk.MembershipCreated, membershipOf("user_mo", "org_acme", "org:member", 3)},
		{clerk.MembershipCreated, membershipOf("user_penny", "org_acme", "org:member", 4)},
		{clerk.UserUpdated, userNamed("user_mo", "Mo", "Salah")},
		{clerk.OrganizationUpdated, organizationNamed("org_acme", "Acme Limited")},
		{clerk.MembershipUpdated, membershipOf("user_max", "org_acme", "org:member", 2)}, // Max is an admin no longer
		{clerk.SessionRevoked, session("sess_mo", "user_mo", "revoked")},                 // Mo lost his phone
		{clerk.MembershipDeleted, membershipOf("user_penny", "org_acme", "org:member", 4)},
		{clerk.UserDeleted, deleted("user", "user_penny")},
	}
	began := time.Now().Add(-time.Duration(len(events)) * time.Millisecond)
	for i, e := range events {
		at := began.Add(time.Duration(i) * time.Millisecond).UnixMilli()
		data := e.data(at)
		body, err := json.Marshal(object{"object": "event", "type": e.event, "data": data, "timestamp": at, "instance_id": "ins_sample"})
		if err != nil {
			return nil, err
		}
		samples = append(samples, sample{
			event: e.event, about: fmt.Sprint(data["id"]),
			webhook: devclerk.Webhook{ID: "msg_" + rand.Text(), Sent: time.Now(), Secret: secret, Body: body},
		})
	}
	return samples, nil
}

func userNamed(id, first, last string) func(int64) object {
	address := object{"id": "idn_" + id, "object": "email_address", "email_address": id[len("user_"):] + "@example.test",
		"verification": object{"status": "verified", "strategy": "email_code"}}
	return func(at int64) object {
		return object{"id": id, "object": "user", "first_name": first, "last_name": last,
			"primary_email_address_id": address["id"], "email_addresses": []object{address}, "updated_at": at}
	}
}

func organizationNamed(id, name string) func(int64) object {
	return func(at int64) object {
		return object{"id": id, "object": "organization", "name": name, "slug": id[len("org_"):], "updated_at": at}
	}
}

// membershipOf has the same created_at in all events about one membership.
func membershipOf(user, organization, role string, created int64) func(int64) object {
	return func(at int64) object {
		return object{"id": fmt.Sprintf("orgmem_%d", created), "object": "organization_membership", "role": role,
			"organization":     object{"id": organization, "object": "organization"},
			"public_user_data": object{"user_id": user}, "created_at": 1_767_225_600_000 + created, "updated_at": at}
	}
}

func session(id, user, status string) func(int64) object {
	return func(at int64) object {
		return object{"id": id, "object": "session", "user_id": user, "status": status, "updated_at": at}
	}
}

func deleted(kind, id string) func(int64) object {
	return func(int64) object { return object{"id": id, "object": kind, "deleted": true} }
}
