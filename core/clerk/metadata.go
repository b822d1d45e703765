package clerk

import (
	"encoding/json"

	"github.com/authkeel/authkeel/core"
)

// metadataRights reads what public metadata grants: `role`, `roles` and
// `permissions`, each a string, which is one name, or an array of strings.
// Anything else grants nothing.
func metadataRights(metadata json.RawMessage) core.Rights {
	var m claims // by exact names, see there
	if json.Unmarshal(metadata, &m) != nil {
		return core.Rights{}
	}
	return core.Rights{
		Roles:       append(names(m["role"]), names(m["roles"])...),
		Permissions: names(m["permissions"]),
	}
}
