package check

const help = `Starts your API with a local issuer that is made for the run, sends the requests that
an attacker, a browser and a client with an old token would send, prints one table,
and stops the API again. The API may be written in any language.

  authkeel check .                                  a Go project; routes from its source
  authkeel check . --route GET:/api/me --admin-route DELETE:/api/users/1
  authkeel check . --spec openapi.yaml              every operation of an OpenAPI or Swagger 2.0 document
  authkeel check . --start 'npm start' --route GET:/api/me --env AUTH_ISSUER={issuer}
  authkeel check --base-url http://localhost:8080 --issuer-state issuer.json --route GET:/api/me
  authkeel check --base-url https://api.example.com --route GET:/api/me   (with AUTHKEEL_TOKEN)

How the API is started. A Go project is built from its only program (the root, or the
one below cmd; else name it with --package) and runs in its directory. Every other
project needs --start. The API gets its port in PORT and its address in ADDR. When it
ignores both, check finds the port on which its processes listen (Linux), or which its
log names. It gets the issuer in OIDC_ISSUER and OIDC_AUDIENCE, or Clerk's settings in
CLERK_PUBLISHABLE_KEY, CLERK_JWT_KEY and so on; the CLERK_ variables of your shell and
of .env are kept from it. With --base-url nothing is started, and nothing of the
project is run. The server must then trust the issuer of --issuer-state, or you give a
token, with which fewer checks are possible.

Which routes. Those of --route and --public-route; or every operation of --spec, whose
"security" says what is public; or those of auth.routes, which 'authkeel audit' writes
and which says what is public; or, last, those that the Go source registers with Gin,
Echo, Fiber, chi or net/http. Those of the source must reject callers without a token, unless their whole
path is a usual public one (/healthz, /login, /docs, ...) or --public-route names them.
A registration or operation that cannot be followed is a row "not tried".

What check does not do. Methods that write (POST, PUT, PATCH, DELETE) are called with no
token or with one that must be rejected, and never with a valid token, unless you name
the route with --route or --admin-route. They are called after the routes that read;
when one of those is open, they are not called at all without --writes. If a route that
writes is itself open, that first call goes through: use a development server.
--webhook-route gets one genuine message, about a user that does not exist. Requests go
to the server that is checked and to no other, and your own token is never put into a
URL.

Verdicts. PASSED: nothing failed, every route was checked, and tokens were tried.
INCOMPLETE: nothing failed, but a route was not checked, or no token was tried.
--allow-gaps accepts routes that were not checked. FAILED: something failed.

Exit codes: 0 PASSED, 1 anything else, or the server did not start, 2 wrong arguments.
`
