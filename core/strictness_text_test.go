package core_test

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/devissuer"
	"github.com/authkeel/authkeel/core/internal/forge"
)

// strictJSON are headers and payloads that two readers read differently.
func strictJSON(t *testing.T) {
	past, future := unix(-hour), unix(hour)
	var rows []row
	add := func(name, reason, token string) {
		rows = append(rows, row{name, token, core.ErrMalformed, reason})
	}
	add("23_duplicates/exp_past_then_future", "duplicate_member", signed(header(), first(payload(), `"exp":`+past)))
	add("23_duplicates/exp_future_then_past", "duplicate_member", signed(header(), last(payload(), `"exp":`+past)))
	add("23_duplicates/iss_evil_then_good", "duplicate_member", signed(header(), first(payload(), `"iss":"https://evil.example"`)))
	add("23_duplicates/alg_none_then_RS256", "duplicate_member", signed(first(header(), `"alg":"none"`), payload()))
	add("23_duplicates/alg_RS256_twice", "duplicate_member", signed(first(header(), `"alg":"RS256"`), payload()))
	add("23_duplicates/kid", "duplicate_member", signed(last(header(), `"kid":"es"`), payload()))
	add("23_duplicates/by_escape", "duplicate_member", signed(header(), last(payload(), `"\u0065xp":`+future)))
	add("23_duplicates/below", "duplicate_member", signed(header(), payload("o", `{"id":"a","id":"b"}`)))
	add("23_duplicates/deep_below", "duplicate_member", signed(header(), payload("o", `[{"p":[{"a":1,"a":1}]}]`)))
	add("23_duplicates/unknown_claim", "duplicate_member", signed(header(), payload("x", "1")[:len(payload("x", "1"))-1]+`,"x":1}`))

	rows = append(rows, caseRows()...)

	for _, raw := range []string{"null", "[]", `"text"`, "1", "true", " ", "\uFEFF" + payload(), "[" + payload() + "]"} {
		number, name := "39", raw
		switch {
		case raw == "null":
			number = "38"
		case strings.HasPrefix(raw, "\uFEFF"):
			name = "byte_order_mark"
		case len(raw) > 10:
			name = "array_of_object"
		}
		add(number+"_not_an_object/"+name, "not_an_object", signed(header(), raw))
		add(number+"_not_an_object/header_"+name, "not_an_object", signed(strings.Replace(raw, payload(), header(), 1), payload()))
	}
	add("39_not_an_object/empty", "not_three_segments", signed(header(), ""))
	for _, tail := range []string{"x", "{}", " 1", "\x00", "]", "}", ",", payload()} {
		name := fmt.Sprintf("39b_trailing/%.8q", tail)
		add(name, "trailing_data", signed(header(), payload()+tail))
		add(name+"_header", "trailing_data", signed(header()+tail, payload()))
	}
	rows = append(rows, row{"39b_trailing/control_white_space", signed(" "+header()+"\n", "\t"+payload()+" \r\n"), nil, ""})
	add("39_syntax/comma", "bad_json", signed(header(), strings.Replace(payload(), "}", ",}", 1)))
	add("39_syntax/comment", "bad_json", signed(header(), strings.Replace(payload(), "{", "{/**/", 1)))
	add("39_syntax/NaN", "bad_json", signed(header(), payload("exp", "NaN")))
	add("39_syntax/raw_line_feed", "bad_json", signed(header(), payload("x", "\"\n\"")))

	add("40_UTF-8/0xFF", "bad_unicode", signed(header(), payload("name", "\"\xff\"")))
	add("40_UTF-8/0xFF_in_sub", "bad_unicode", signed(header(), payload("sub", "\"user_1\xff\"")))
	add("40_UTF-8/header", "bad_unicode", signed(header("x", "\"\xff\""), payload()))
	add("40_UTF-8/overlong", "bad_unicode", signed(header(), payload("name", "\"\xc0\xaf\"")))
	add("40_UTF-8/surrogate", "bad_unicode", signed(header(), payload("name", "\"\xed\xa0\x80\"")))
	add("40_UTF-8/half_a_pair_in_a_name", "bad_unicode", signed(header(), payload("x", `{"\ud800":1}`)))
	rows = append(rows, row{"40_UTF-8/half_a_pair_in_iss", signed(header(), payload("iss", `"\ud800"`)), core.ErrClaim, "claim_of_wrong_type"})
	rows = append(rows, row{"40_UTF-8/control_half_a_pair_that_nobody_reads", signed(header(), payload("name", `"\ud800"`)), nil, ""})
	rows = append(rows, row{"40_UTF-8/control", signed(header(), payload("name", `"é😀\ud83d\ude00"`)), nil, ""})

	nested := func(n int) string { return payload("x", strings.Repeat("[", n)+strings.Repeat("]", n)) }
	add("41_nesting/33", "nested_too_deeply", signed(header(), nested(32)))
	add("41_nesting/33_header", "nested_too_deeply", signed(header("x", strings.Repeat(`{"a":`, 32)+"1"+strings.Repeat("}", 32)), payload()))
	rows = append(rows, row{"41_nesting/control_32", signed(header(), nested(31)), nil, ""})
	add("41_nesting/20000", "token_too_large", signed(header(), nested(20000)))
	runRows(t, build(t), rows)
	runRows(t, build(t, func(c *core.Config) { c.MaxTokenBytes = 1 << 20 }), []row{
		{"41_nesting/9990_larger_limit", signed(header(), nested(9990)), core.ErrMalformed, "nested_too_deeply"},
		{"41_nesting/20000_larger_limit", signed(header(), nested(20000)), core.ErrMalformed, "nested_too_deeply"},
	})
}

// caseRows are names that differ from a registered one in case: they are other
// names, which nobody reads. TestDecodeReadsExactNames tries what Decode makes of
// them.
func caseRows() []row {
	past, future := unix(-hour), unix(hour)
	rows := []row{
		{"24_case/exp_past_and_EXP_future", signed(header(), last(payload("exp", past), `"EXP":`+future)), core.ErrExpired, "expired"},
		{"24_case/control_exp_future_and_EXP_past", signed(header(), last(payload(), `"EXP":`+past)), nil, ""},
		{"24b_case/iss_evil_then_ISS_good", signed(header(), last(payload("iss", `"https://evil.example"`), `"ISS":"`+issuerURL+`"`)), core.ErrIssuer, "unknown_issuer"},
		{"24b_case/aud_evil_then_AUD_good", signed(header(), last(payload("aud", `"https://evil.example"`), `"AUD":"`+apiURL+`"`)), core.ErrAudience, "wrong_audience"},
		{"24c_case/only_Iss", signed(header(), payload("iss", "", "Iss", strconv.Quote(issuerURL))), core.ErrIssuer, "unknown_issuer"},
		{"24c_case/only_Aud", signed(header(), payload("aud", "", "Aud", strconv.Quote(apiURL))), core.ErrAudience, "no_audience"},
		{"24c_case/only_Exp", signed(header(), payload("exp", "", "Exp", future)), core.ErrClaim, "no_expiry"},
		{"24c_case/only_SUB", signed(header(), payload("sub", "", "SUB", `"user_1"`)), core.ErrClaim, "no_subject"},
		{"24c_case/long_s", signed(header(), first(payload("iss", ""), `"iſſ":"`+issuerURL+`"`)), core.ErrIssuer, "unknown_issuer"},
		{"24c_case/control_long_s_too", signed(header(), first(payload(), `"iſſ":"https://evil.example"`)), nil, ""},
		{"24c_case/control_below", signed(header(), payload("resource_access", `{"Portal":{"roles":[]},"portal":{"roles":[]}}`)), nil, ""},
		{"24c_case/control_header", signed(header("Kid", `"x"`, "TYP", "7", "Crit", `["x"]`), payload()), nil, ""},
	}
	for _, name := range []string{"Nbf", "IAT", "Jti", "AZP", "Client_ID", "Sid", "CNF", "Act", "Auth_Time"} {
		rows = append(rows, row{"24c_case/control_" + name, signed(header(), payload(name, `"x"`)), nil, ""})
	}
	return rows
}

// strictText are second spellings of one token.
func strictText(t *testing.T) {
	a := build(t)
	token := signed(header(), payload())
	part := strings.Split(token, ".")
	sign := func(header64, payload64 string) string {
		return devissuer.SignSegments(trusted().rs, "RS256", header64, payload64)
	}
	// A segment whose last character has unused bits, signed as it stands.
	loose := func(object string) string {
		for len(object)%3 == 0 {
			object += " "
		}
		return strings.TrimPrefix(forge.TrailingBits("."+base64.RawURLEncoding.EncodeToString([]byte(object))), ".")
	}
	short := payload()
	for len(short)%3 == 0 {
		short += " "
	}
	filled := base64.URLEncoding.EncodeToString([]byte(short)) // ends in one or two "="
	rows := []row{
		{"25_trailing_bits/signature", forge.TrailingBits(token), core.ErrMalformed, "bad_base64"},
		{"25_trailing_bits/header", sign(loose(header()), part[1]), core.ErrMalformed, "bad_base64"},
		{"25_trailing_bits/payload", sign(part[0], loose(payload())), core.ErrMalformed, "bad_base64"},
		{"25_trailing_bits/one_character_more", token + "A", core.ErrSignature, "bad_signature"},
		{"25_trailing_bits/impossible_length", token + "AAA", core.ErrMalformed, "bad_base64"},

		{"26_line_breaks/signature", token[:len(token)-5] + "\n" + token[len(token)-5:], core.ErrMalformed, "bad_base64"},
		{"26_line_breaks/CRLF_at_the_end", token + "\r\n", core.ErrMalformed, "bad_base64"},
		{"26_line_breaks/LF_at_the_start", "\n" + token, core.ErrMalformed, "bad_base64"},
		{"26_line_breaks/signed_payload", sign(part[0], part[1][:8]+"\n"+part[1][8:]), core.ErrMalformed, "bad_base64"},
		{"26_line_breaks/signed_header", sign(part[0][:8]+"\r"+part[0][8:], part[1]), core.ErrMalformed, "bad_base64"},

		{"27_alphabet/padding_of_signature", token + "==", core.ErrMalformed, "bad_base64"},
		{"27_alphabet/padding_of_payload", sign(part[0], filled), core.ErrMalformed, "bad_base64"},
		{"27_alphabet/control_without_padding", sign(part[0], strings.TrimRight(filled, "=")), nil, ""},
		{"27_alphabet/standard", strings.NewReplacer("-", "+", "_", "/").Replace(withBoth(t)), core.ErrMalformed, "bad_base64"},
		{"27_alphabet/control_url_safe", withBoth(t), nil, ""},
		{"27_alphabet/NUL", token + "\x00", core.ErrMalformed, "bad_base64"},
		{"27_alphabet/not_ASCII", token + "é", core.ErrMalformed, "bad_base64"},
		{"27_framing/space_inside", part[0] + " ." + part[1] + "." + part[2], core.ErrInvalidRequest, "separator_in_credential"},
		{"27_framing/scheme_twice", "Bearer " + token, core.ErrInvalidRequest, "separator_in_credential"},
		{"27_framing/quotes", `"` + token + `"`, core.ErrMalformed, "bad_base64"},
	}
	runRows(t, a, rows)
	for _, text := range []string{" " + token, token + " ", "Bearer " + token, "\t" + token, part[0] + ". " + part[1] + "." + part[2]} {
		t.Run(fmt.Sprintf("27_framing/Verify_%.8q", text), func(t *testing.T) {
			id, err := a.Verify(t.Context(), text)
			isRefusal(t, id, err, core.ErrMalformed, "bad_base64")
		})
	}
}

// withBoth is a token whose signature has both characters in which the two
// base64 alphabets differ.
func withBoth(t *testing.T) string {
	t.Helper()
	for range 100 {
		token := signedBy(trusted().es, payload())
		if signature := token[strings.LastIndexByte(token, '.'):]; strings.Contains(signature, "-") && strings.Contains(signature, "_") {
			return token
		}
	}
	t.Fatal("no signature with both - and _ in 100")
	return ""
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
