package core_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/adapter"
)

// extractRow are headers and what becomes of the request; no class stands for
// acceptance. TOKEN stands for a good token.
type extractRow struct {
	name    string
	headers []string
	class   error
	reason  string
}

// TestExtractors has what each place takes for a token.
func TestExtractors(t *testing.T) {
	auth := func(v string) []string { return []string{"Authorization", v} }
	iap := func(v ...string) (h []string) {
		for _, v := range v {
			h = append(h, "X-Goog-Iap-Jwt-Assertion", v)
		}
		return h
	}
	cookies := func(v string) []string { return []string{"Cookie", v} }
	socket := func(v string) []string { return []string{"Sec-WebSocket-Protocol", v} }
	none, invalid := core.ErrNoToken, core.ErrInvalidRequest
	for _, place := range []struct {
		name    string
		extract []core.Extractor
		rows    []extractRow
	}{
		{"FromBearer", nil, []extractRow{
			{"good", auth("Bearer TOKEN"), nil, ""},
			{"spaces", auth("Bearer   TOKEN  "), nil, ""},
			{"none", nil, none, "no_token"},
			{"empty header", auth(""), none, "no_token"},
			{"Basic", auth("Basic dTpw"), none, "other_scheme"},
			{"DPoP", auth("DPoP TOKEN"), none, "other_scheme"},
			{"longer scheme", auth("Bearerer TOKEN"), none, "other_scheme"},
			{"shorter scheme", auth("Beare TOKEN"), none, "other_scheme"},
			{"bare token", auth("TOKEN"), none, "other_scheme"},
			{"scheme alone", auth("Bearer"), invalid, "empty_credential"},
			{"scheme and space", auth("Bearer "), invalid, "empty_credential"},
			{"scheme and spaces", auth("bearer    "), invalid, "empty_credential"},
			{"tab after scheme", auth("Bearer\tTOKEN"), invalid, "separator_in_credential"},
			{"tab after space", auth("Bearer \tTOKEN"), invalid, "separator_in_credential"},
			{"two tokens", auth("Bearer TOKEN TOKEN"), invalid, "separator_in_credential"},
			{"comma", auth("Bearer TOKEN,Basic x"), invalid, "separator_in_credential"},
			{"trailing comma", auth("Bearer TOKEN,"), invalid, "separator_in_credential"},
			{"odd characters", auth("Bearer \x01\xff<>"), core.ErrMalformed, "not_three_segments"},
			{"cookie is not read", cookies("token=TOKEN"), none, "no_token"},
			{"forwarded header is not read", []string{"X-Forwarded-Authorization", "Bearer TOKEN"}, none, "no_token"},
			{"proxy header is not read", []string{"Proxy-Authorization", "Bearer TOKEN"}, none, "no_token"},
		}},
		{"FromBearerHeader", []core.Extractor{core.FromBearerHeader("x-forwarded-authorization")}, []extractRow{
			{"good", []string{"X-Forwarded-Authorization", "bearer  TOKEN"}, nil, ""},
			{"beside the gateway's own token", []string{"X-Forwarded-Authorization", "Bearer TOKEN", "Authorization", "Bearer a.b.c"}, nil, ""},
			{"Authorization alone", auth("Bearer TOKEN"), none, "no_token"},
			{"another scheme", []string{"X-Forwarded-Authorization", "Basic eDp5"}, none, "other_scheme"},
			{"a bare token", []string{"X-Forwarded-Authorization", "TOKEN"}, none, "other_scheme"},
			{"nothing behind the scheme", []string{"X-Forwarded-Authorization", "Bearer "}, invalid, "empty_credential"},
			{"two tokens", []string{"X-Forwarded-Authorization", "Bearer TOKEN TOKEN"}, invalid, "separator_in_credential"},
			{"two lines", []string{"X-Forwarded-Authorization", "Bearer TOKEN", "X-Forwarded-Authorization", "Bearer TOKEN"}, invalid, "several_credentials"},
		}},
		{"FromHeader", []core.Extractor{core.FromHeader("x-goog-iap-jwt-assertion")}, []extractRow{
			{"good", iap("TOKEN"), nil, ""},
			{"spaces around", iap(" TOKEN "), nil, ""},
			{"none", nil, none, "no_token"},
			{"empty", iap(""), none, "no_token"},
			{"spaces", iap("  "), none, "no_token"},
			{"two", iap("TOKEN", "TOKEN"), invalid, "several_credentials"},
			{"empty and good", iap("", "TOKEN"), invalid, "several_credentials"},
			{"with scheme", iap("Bearer TOKEN"), invalid, "separator_in_credential"},
			{"Authorization is not read", auth("Bearer TOKEN"), none, "no_token"},
		}},
		{"Cookie", []core.Extractor{core.FromCookie("__session")}, []extractRow{
			{"good", cookies("__session=TOKEN"), nil, ""},
			{"among others", cookies("a=b; __session=TOKEN ;c=d"), nil, ""},
			{"second line", []string{"Cookie", "a=b", "Cookie", "__session=TOKEN"}, nil, ""},
			{"quoted", cookies(`__session="TOKEN"`), nil, ""},
			{"none", cookies("other=TOKEN"), none, "no_token"},
			{"cleared", cookies("__session="), none, "no_token"},
			{"empty quotes", cookies(`__session=""`), none, "no_token"},
			{"longer name", cookies("__session_x=TOKEN"), none, "no_token"},
			{"prefix before name", cookies("x__session=TOKEN"), none, "no_token"},
			{"name in other case", cookies("__SESSION=TOKEN"), none, "no_token"},
			{"two", cookies("__session=TOKEN; __session=TOKEN"), invalid, "several_credentials"},
			{"two, one with spaces", cookies("__session=TOKEN;   __session =x"), invalid, "several_credentials"},
			{"comma", cookies("__session=TOKEN,__session=x"), invalid, "separator_in_credential"},
			{"space inside", cookies("__session=x TOKEN"), invalid, "separator_in_credential"},
			{"Authorization is not read", auth("Bearer TOKEN"), none, "no_token"},
		}},
		{"FromCookie and FromBearer", []core.Extractor{core.FromCookie("s"), core.FromBearer()}, []extractRow{
			{"cookie", cookies("s=TOKEN"), nil, ""},
			{"header", auth("Bearer TOKEN"), nil, ""},
			{"header wins over bad cookies", append(auth("Bearer TOKEN"), cookies("s=x; s=y")...), nil, ""},
			{"no cookie for a bad header", append(auth("Bearer x"), cookies("s=TOKEN")...), core.ErrMalformed, "not_three_segments"},
			{"nor for another scheme", append(auth("Basic x"), cookies("s=TOKEN")...), none, "other_scheme"},
			{"nor for an empty header", append(auth(""), cookies("s=TOKEN")...), none, "no_token"},
		}},
		{"FromWebSocketProtocol", []core.Extractor{core.FromWebSocketProtocol()}, []extractRow{
			{"good", socket("authkeel.bearer, TOKEN"), nil, ""},
			{"without space", socket("authkeel.bearer,TOKEN"), nil, ""},
			{"among others", socket("graphql-ws, authkeel.bearer, TOKEN, chat"), nil, ""},
			{"over two lines", append(socket("authkeel.bearer"), socket("TOKEN")...), nil, ""},
			{"none", nil, none, "no_token"},
			{"other protocols", socket("graphql-ws, chat"), none, "no_token"},
			{"name in other case", socket("Authkeel.Bearer, TOKEN"), none, "no_token"},
			{"no token behind", socket("chat, authkeel.bearer"), invalid, "bad_subprotocol"},
			{"empty token", socket("authkeel.bearer,, TOKEN"), invalid, "bad_subprotocol"},
			{"twice", socket("authkeel.bearer, TOKEN, authkeel.bearer, TOKEN"), invalid, "several_credentials"},
			{"space inside", socket("authkeel.bearer, TOKEN x"), invalid, "separator_in_credential"},
			{"its own name as a token", socket("authkeel.bearer, authkeel.bearer"), core.ErrMalformed, "not_three_segments"},
		}},
		{"order", []core.Extractor{core.FromHeader("X-First"), core.FromHeader("X-Second")}, []extractRow{
			{"first", []string{"X-First", "TOKEN", "X-Second", "bad"}, nil, ""},
			{"the first that has one decides", []string{"X-First", "bad", "X-Second", "TOKEN"}, core.ErrMalformed, "not_three_segments"},
			{"second", []string{"X-Second", "TOKEN"}, nil, ""},
		}},
		{"after another scheme", []core.Extractor{core.FromBearer(), core.FromHeader("X-Token")}, []extractRow{
			{"good", append(auth("Basic x"), "X-Token", "TOKEN"), nil, ""},
			{"none", auth("Basic x"), none, "other_scheme"},
		}},
	} {
		a, token := build(t, func(c *core.Config) { c.Extractors = place.extract }), quick()
		for _, tt := range place.rows {
			t.Run(place.name+"/"+tt.name, func(t *testing.T) {
				headers := slices.Clone(tt.headers)
				for i := range headers {
					headers[i] = replaceToken(headers[i], token)
				}
				if r := request(headers...); tt.class == nil {
					acceptedRequest(t, a, r)
				} else {
					refusedRequest(t, a, r, tt.class, tt.reason)
				}
			})
		}
	}
}

// TestExtractorAnswers has the response headers of accepted requests.
func TestExtractorAnswers(t *testing.T) {
	token := quick()
	a := build(t, func(c *core.Config) {
		c.Extractors = []core.Extractor{core.FromBearer(), core.FromCookie("s"), core.FromWebSocketProtocol()}
	})
	vary, protocol := [][2]string{{"Vary", "Cookie"}}, [][2]string{{"Sec-Websocket-Protocol", "authkeel.bearer"}}
	for _, tt := range []struct {
		name string
		r    *http.Request
		want [][2]string
	}{
		{"header", bearer(token), nil},
		{"cookie", request("Cookie", "s="+token), vary},
		{"WebSocket", request("Sec-WebSocket-Protocol", "authkeel.bearer, "+token), protocol},
		{"nothing", request(), vary},
	} {
		out := a.OptionalAuth()(t.Context(), adapter.FromHTTP(tt.r))
		if out.Refusal != nil || !slices.Equal(out.Header, tt.want) {
			t.Errorf("%s: got %v, refusal %v, want %v", tt.name, out.Header, out.Refusal, tt.want)
		}
	}
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Origin")
	out := a.RequireAuth()(t.Context(), adapter.FromHTTP(request("Cookie", "s=x")))
	out.Refusal.Write(w)
	if got := w.Header().Values("Vary"); !slices.Equal(got, []string{"Origin", "Cookie"}) {
		t.Errorf("got Vary %q, want Cookie added", got)
	}
}
