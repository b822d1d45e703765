package clerk

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestPermissions(t *testing.T) {
	seventy := make([]string, 70)
	for i := range seventy {
		seventy[i] = "p" + string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	tests := []struct {
		name, fea, per, fpm string
		want                []string
	}{
		{"zero keeps its place", "o:repositories,o:impersonation,o:billing", "manage,read,update", "6,0,3",
			[]string{"org:repositories:read", "org:repositories:update", "org:billing:manage", "org:billing:read"}},
		{"wider than 64 bits", "o:f", strings.Join(seventy, ","), "590295810358705651713", []string{"org:f:" + seventy[0], "org:f:" + seventy[69]}},
		{"spaces", " o:a , ou:b ", " read , manage ", " 1 , 2 ", []string{"org:a:read", "org:b:manage"}},
		{"leading zeros", "o:a", "read,manage", "002", []string{"org:a:manage"}},
		{"no features", "", "read", "1", nil},
		{"no actions", "o:a", "", "1", nil},
		{"no masks", "o:a", "read", "", nil},
		{"features of the user alone", "u:a", "read", "1", nil},
		{"an unknown scope", "x:a,o:b", "read", "1,1", []string{"org:b:read"}},
		{"a scope in capitals", "O:a", "read", "1", nil},
		{"plus", "o:a", "read", "+1", nil},
		{"hexadecimal", "o:a", "read", "0x1", nil},
		{"underscore", "o:a", "read,manage,x,y", "1_0", nil},
		{"fraction", "o:a", "read", "1.0", nil},
		{"other digits", "o:a", "read", "١", nil},
		{"one damaged mask of two", "o:a,o:b", "read", "?,1", []string{"org:b:read"}},

		// The two readings of which mask is whose.
		{"both readings, both bits", "u:x,o:a", "read,manage", "3,3", []string{"org:a:read", "org:a:manage"}},
		{"both readings, one bit in common", "u:x,o:a", "read,manage", "3,2", []string{"org:a:manage"}},
		{"nothing in common", "u:x,o:a", "read,manage", "1,2", nil},
		{"masks for organizations alone", "u:x,o:a,o:b", "read", "1,1", []string{"org:a:read"}},
		{"user-only between", "o:a,u:x,o:b", "read,manage", "1,2,3", []string{"org:a:read", "org:b:manage"}},
		{"user-only last", "o:a,o:b,u:x", "read,manage", "1,2,0", []string{"org:a:read", "org:b:manage"}},
		{"an element without a scope", "a,o:b", "read", "1,1", nil},
		{"a comma at the end", "o:a,", "read", "1", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := permissions(tt.fea, tt.per, tt.fpm); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParseGrants(t *testing.T) {
	tests := []struct {
		list string
		want Grants
	}{
		{"", Grants{}},
		{"o:a,u:b,ou:c,uo:d,x:e", Grants{[]string{"a", "c", "d"}, []string{"b", "c", "d"}}},
		{" o:a , u:b ", Grants{[]string{"a"}, []string{"b"}}},
		{"o:a,b", Grants{}},
		{"o:a,", Grants{}},
	}
	for _, tt := range tests {
		if got := parseGrants(tt.list); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, want %+v", tt.list, got, tt.want)
		}
	}
}

// FuzzPermissions: what is granted is granted by the documented reading too,
// and nothing panics.
func FuzzPermissions(f *testing.F) {
	f.Add("u:x,o:a", "read,manage", "3,2")
	f.Add("o:repositories,uo:projects,u:gold", "read,create", "7,21,0")
	f.Add("a,o:,:b", ",", "-1,,99999999999999999999")
	f.Fuzz(func(t *testing.T, fea, per, fpm string) {
		if len(fpm) > 2000 {
			return
		}
		masks, actions := fields(fpm), fields(per)
		allowed := map[string]bool{}
		for i, element := range fields(fea) {
			_, slug, _ := strings.Cut(element, ":")
			if mask, ok := parseMask(at(masks, i)); ok {
				for j, action := range actions {
					if mask.Bit(j) == 1 {
						allowed["org:"+slug+":"+action] = true
					}
				}
			}
		}
		for _, p := range permissions(fea, per, fpm) {
			if !allowed[p] {
				t.Errorf("%q, %q, %q: granted %q, which the documented reading does not", fea, per, fpm, p)
			}
		}
	})
}
