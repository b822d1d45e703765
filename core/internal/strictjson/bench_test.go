package strictjson

import "testing"

// BenchmarkParse reads a payload like that of a session token.
func BenchmarkParse(b *testing.B) {
	const doc = `{"iss":"https://clerk.example.com","aud":"https://api.example.com","sub":"user_2NWs8KDbXX7sJHcDX4bZJ6fkBWf",` +
		`"exp":1767323105,"iat":1767323045,"nbf":1767323035,"azp":"https://app.example.com","sid":"sess_2NWs8KDbXX7sJHcDX4bZJ6fkBWf",` +
		`"jti":"2f8d7a6b5c4e3f2a1b0c","v":2,"sts":"active","pla":"u:pro","fea":"o:dashboard,o:teams,u:exports","fva":[3,-1],` +
		`"o":{"id":"org_2NWs8KDbXX7sJHcDX4bZJ6fkBWf","slg":"acme-inc","rol":"admin","per":"manage,read,write","fpm":"7,3"},` +
		`"roles":["admin","member"],"scope":"read:invoices write:invoices","email":"ada.lovelace@example.com"}`
	var buf [24]Member
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := Parse(doc, buf[:0]); err != nil {
			b.Fatal(err)
		}
	}
}
