package tokens

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/scripts/internal/localissuer"
	"github.com/authkeel/authkeel/scripts/internal/unverified"
)

// Forgery is a kind of token that a server has to reject.
type Forgery struct {
	ID     string   // of the row
	Check  string   // in words
	Tokens []string // each has to be rejected
	Needs  string   // what is missing, where there are no tokens
	Remedy string   // for a server that accepts one
	// MayBeMeant reports that some APIs accept such tokens on purpose.
	MayBeMeant bool
}

const (
	needsKeys   = "needs the issuer's keys: --issuer-state FILE"
	needsToken  = "needs a token: --token, or --issuer-state FILE"
	needsJWT    = "the given token is not a JWT"
	useVerifier = "verify tokens with a library that decides for itself, such as authkeel's core, and give it the issuer's keys"
)

// Expired returns a token that expired ten minutes ago, of the admin or of the member.
func (s *Source) Expired(admin bool) Forgery {
	f := Forgery{ID: "expired", Check: "expired token", Remedy: "check `exp` on each request, with a leeway of seconds"}
	if s.issuer == nil {
		f.Needs = needsKeys
		return f
	}
	now := time.Now()
	f.Tokens = []string{s.sign(s.of(admin), devissuer.Claims{"exp": now.Add(-10 * time.Minute).Unix(), "iat": now.Add(-20 * time.Minute).Unix(), "nbf": now.Add(-20 * time.Minute).Unix()})}
	return f
}

// Forged returns all other kinds of tokens that have to be rejected, made from the
// admin's token or from the member's.
func (s *Source) Forged(admin bool) []Forgery {
	list := []Forgery{
		{ID: "premature", Check: "premature token (nbf)", Remedy: "check `nbf`, with a leeway of seconds"},
		{ID: "issuer", Check: "token of another issuer", Remedy: "compare `iss` with the issuer's URL, whole and byte for byte"},
		{ID: "audience", Check: "token for another audience", Remedy: "compare `aud` with the API's own audience: other services' tokens are signed by the same keys"},
		{ID: "party", Check: "token of another front end (azp)", Remedy: "compare `azp` with the origins of your front ends (CLERK_AUTHORIZED_PARTIES; core.Issuer.AuthorizedParties)"},
		{ID: "key", Check: "token signed by another key", Remedy: "verify the signature with the issuer's published keys, never with a key from the token"},
		{ID: "alg-none", Check: "unsigned token (alg none)", Remedy: "allow only the algorithms of a configured list, never none: " + useVerifier},
		{ID: "alg-hmac", Check: "HMAC with the public key", Remedy: "allow only the algorithms of a configured list, without HS256: everybody knows the public key"},
		{ID: "tampered", Check: "tampered token", Remedy: "verify the signature before anything is read from the token: " + useVerifier},
	}
	for i := range list {
		if s.issuer == nil {
			given := s.given
			if admin {
				given = s.givenAdmin
			}
			reforge(&list[i], given)
		} else {
			s.forge(&list[i], s.of(admin))
		}
	}
	return list
}

func (s *Source) forge(f *Forgery, claims devissuer.Claims) {
	signed := func(over devissuer.Claims) []string { return []string{s.sign(claims, over)} }
	key := s.issuer.Dev().Key(s.issuer.Algorithm())
	switch f.ID {
	case "premature":
		f.Tokens = signed(devissuer.Claims{"nbf": time.Now().Add(time.Hour).Unix(), "exp": time.Now().Add(2 * time.Hour).Unix()})
	case "issuer":
		f.Tokens = signed(devissuer.Claims{"iss": "https://issuer.example.invalid"})
	case "audience":
		if claims["aud"] == nil {
			f.Needs = "Clerk's session tokens have no audience"
			return
		}
		f.Tokens = signed(devissuer.Claims{"aud": "https://another-api.example.invalid"})
	case "party":
		if claims["azp"] == nil {
			f.Needs = "needs --authorized-party ORIGIN, and a server that is set to it"
			return
		}
		f.Tokens = signed(devissuer.Claims{"azp": "https://evil.example.invalid"})
	case "alg-hmac":
		pem := key.PEM()
		for _, secret := range [][]byte{pem, bytes.TrimSpace(pem)} {
			header := s.header(claims)
			header["alg"] = "HS256"
			f.Tokens = append(f.Tokens, devissuer.SignRaw(devissuer.NewSecretKey(key.ID, "HS256", secret), "HS256", mustJSON(header), mustJSON(claims)))
		}
	default:
		f.Tokens = resign(f.ID, s.header(claims), claims, s.sign(claims, nil))
	}
}

// header returns the header of a token with the claims.
func (s *Source) header(claims devissuer.Claims) devissuer.Claims {
	return unverified.Header(s.sign(claims, nil))
}

// reforge makes the forgeries that can be made from a given token.
func reforge(f *Forgery, given string) {
	header, claims := unverified.Header(given), unverified.Claims(given)
	switch {
	case given == "":
		f.Needs = needsToken
	case f.ID != "key" && f.ID != "alg-none" && f.ID != "tampered":
		f.Needs = needsKeys
	case header == nil || claims == nil:
		if f.ID == "tampered" {
			f.Tokens = []string{given + "x"}
			return
		}
		f.Needs = needsJWT
	default:
		f.Tokens = resign(f.ID, header, claims, given)
	}
}

// resign makes the forgeries that need no key of the issuer.
func resign(id string, header, claims devissuer.Claims, good string) []string {
	switch id {
	case "key":
		alg, _ := header["alg"].(string)
		if alg != "ES256" && alg != "EdDSA" {
			alg = "RS256"
		}
		other := devissuer.NewKey("authkeel-check", alg)
		same := devissuer.With(header, devissuer.Claims{"alg": alg})
		brought := devissuer.With(same, devissuer.Claims{"kid": other.ID, "jwk": other.JWK()})
		return []string{
			devissuer.SignRaw(other, alg, mustJSON(same), mustJSON(claims)),
			devissuer.SignRaw(other, alg, mustJSON(brought), mustJSON(claims)),
		}
	case "alg-none":
		var list []string
		for _, none := range []string{"none", "None", "nOnE"} {
			list = append(list, devissuer.SignCompact(mustJSON(devissuer.With(header, devissuer.Claims{"alg": none})), mustJSON(claims), nil))
		}
		return list
	}
	// Tampered: another subject under the old signature, and an empty signature.
	parts := strings.Split(good, ".")
	other := devissuer.With(claims, devissuer.Claims{"sub": "user_authkeelcheckeve", "roles": []string{"admin"}})
	return []string{
		parts[0] + "." + base64.RawURLEncoding.EncodeToString(mustJSON(other)) + "." + parts[2],
		parts[0] + "." + parts[1] + ".",
	}
}

// Providers lists the kinds of issuers.
var Providers = []string{localissuer.OIDC, localissuer.Clerk}
