package clerk

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// metadataRights reads what public metadata grants: `role`, `roles` and
// `permissions`, each a string that is split at spaces, or an array of strings,
// as core has it for claims. Anything else grants nothing.
func metadataRights(metadata json.RawMessage) core.Rights {
	var m claims // by exact names, see there
	if json.Unmarshal(metadata, &m) != nil {
		return core.Rights{}
	}
	return core.Rights{
		Roles:       append(words(m["role"]), words(m["roles"])...),
		Permissions: words(m["permissions"]),
	}
}

func words(raw json.RawMessage) []string {
	if isText(raw) {
		return slices.DeleteFunc(strings.Split(text(raw), " "), func(s string) bool { return s == "" })
	}
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return nil
	}
	list := make([]string, 0, len(elements))
	for _, e := range elements {
		if !isText(e) {
			return nil
		}
		if s := text(e); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// Invalidate forgets what an event of Clerk's webhooks says has changed: the
// user of user.updated and user.deleted, and of membership events; the members
// of a deleted organization. Other events change nothing here. A question that
// is under way when the event comes is asked again by whoever comes later.
//
//	on := webhook.Handlers{webhook.UserUpdated: func(_ context.Context, e *webhook.Event) error {
//		return directory.Invalidate(e.Type, e.Data)
//	}}
//
// Its error is for data that is not as Clerk sends it.
func (d *Directory) Invalidate(eventType string, data json.RawMessage) error {
	switch {
	case eventType == "user.updated", eventType == "user.deleted":
		return d.invalidate(data, "id")
	case strings.HasPrefix(eventType, "organizationMembership."):
		return d.invalidate(data, "public_user_data", "user_id")
	case eventType == "organization.deleted":
		id := textAt(data, "id")
		if id == "" {
			return errEventData
		}
		d.users.forgetAll(func(r *record) bool { return slices.Contains(r.rights.Organizations, id) })
	}
	return nil
}

func (d *Directory) invalidate(data json.RawMessage, at ...string) error {
	id := textAt(data, at...)
	if id == "" {
		return errEventData
	}
	d.Forget(id)
	return nil
}

// Forget has the user asked for anew at the next occasion: call it where your
// own back end changes metadata.
func (d *Directory) Forget(userID string) { d.users.forget(userID) }

var errEventData = errors.New("clerk: the event's data is not as Clerk sends it")

// textAt is the string at a path of exact member names, or "".
func textAt(raw json.RawMessage, path ...string) string {
	for _, name := range path {
		var m claims
		if json.Unmarshal(raw, &m) != nil {
			return ""
		}
		raw = m[name]
	}
	return text(raw)
}
