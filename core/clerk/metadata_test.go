package clerk

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
)

func TestMetadataRights(t *testing.T) {
	for metadata, want := range map[string]core.Rights{
		`{"role":"admin"}`:                    {Roles: []string{"admin"}},
		`{"roles":["a","b"],"role":"c"}`:      {Roles: []string{"c", "a", "b"}},
		`{"roles":"a  b"}`:                    {Roles: []string{"a  b"}},
		`{"role":"team admin"}`:               {Roles: []string{"team admin"}},
		`{"role":" admin"}`:                   {Roles: []string{" admin"}},
		`{"permissions":"p:r p:w"}`:           {Permissions: []string{"p:r p:w"}},
		`{"permissions":["p:r","p:w"]}`:       {Permissions: []string{"p:r", "p:w"}},
		`{"permissions":"p:r"}`:               {Permissions: []string{"p:r"}},
		`{"Role":"admin","ROLES":["x"]}`:      {},
		`{"role":["a",3]}`:                    {},
		`{"role":{"admin":true}}`:             {},
		`{"role":true,"roles":null}`:          {},
		`{"role":"","roles":[""]}`:            {},
		`{"unsafe_metadata":{"role":"root"}}`: {},
		`{"public_metadata":{"role":"x"}}`:    {},
		`null`:                                {}, ``: {}, `[]`: {}, `"admin"`: {}, `{"role":"admin"`: {},
	} {
		got := metadataRights(json.RawMessage(metadata))
		if !slices.Equal(got.Roles, want.Roles) || !slices.Equal(got.Permissions, want.Permissions) || got.Memberships != nil {
			t.Errorf("%s: got %+v, want %+v", metadata, got, want)
		}
	}
}

// TestMetadataClaim: a token that carries the metadata needs no question.
func TestMetadataClaim(t *testing.T) {
	f := newFake()
	f.users["user_1"] = user("user_1", `{"role":"elsewhere"}`)
	d := newDirectory(t, f, nil)
	for _, row := range []struct {
		name      string
		directory *Directory
		claim     string
		change    object
		grants    []string
		calls     int
	}{
		{"from the claim", d, "", object{"metadata": object{"role": "admin", "permissions": []string{"p:r"}}}, []string{"admin"}, 0},
		{"from a claim of another name", d, "pm", object{"pm": object{"roles": []string{"a", "b"}}}, []string{"a", "b"}, 0},
		{"an empty claim", d, "", object{"metadata": object{}}, nil, 0},
		{"no claim", d, "", nil, []string{"elsewhere"}, 1},
		{"a claim, no directory", nil, "metadata", object{"metadata": object{"role": "admin"}}, []string{"admin"}, 0},
		{"a claim that nobody asked for", nil, "", object{"metadata": object{"role": "admin"}}, nil, 0},
		{"nothing at all", nil, "", nil, nil, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := f.count()
			if err := d.Forget(t.Context(), "user_1"); err != nil {
				t.Fatal(err)
			}
			cfg := pemConfig()
			cfg.Directory, cfg.MetadataClaim = row.directory, row.claim
			id, err := verify(t, cfg, row.change)
			if err != nil {
				t.Fatal(err)
			}
			ctx := core.WithIdentity(t.Context(), id)
			for _, role := range []string{"admin", "a", "b", "elsewhere"} {
				err := core.Authorize(ctx, core.Role(role))
				if granted := err == nil; granted != slices.Contains(row.grants, role) {
					t.Errorf("%s: got %v, want the roles %v", role, err, row.grants)
				}
			}
			if got := f.count() - before; got != row.calls {
				t.Errorf("got %d calls, want %d", got, row.calls)
			}
		})
	}
}
