package check

const help = `Starts your API against a local issuer that is made for the run, tries what an
attacker, a browser and an impatient front end would, prints one table, and stops
the API again. Any HTTP API will do, whatever it is written in.

  authkeel check .                                  a Go project; routes from its source
  authkeel check . --route GET:/api/me --admin-route DELETE:/api/users/1
  authkeel check . --spec openapi.yaml              every operation of an OpenAPI 3 file
  authkeel check . --start 'npm start' --route GET:/api/me --env AUTH_ISSUER={issuer}
  authkeel check --base-url http://localhost:8080 --issuer-state issuer.json --route GET:/api/me
  authkeel check --base-url https://api.example.com --route GET:/api/me   (AUTHKEEL_TOKEN is a token)

How the API is started. A Go project is built from its only program (the root,
or cmd/*; else --package) and run in its directory; any other with --start. It
gets the port in PORT and the address in ADDR. If it ignores both, the port is the
one on which its processes listen (Linux), or that its log names. It gets the
issuer in OIDC_ISSUER and OIDC_AUDIENCE, or Clerk's in CLERK_PUBLISHABLE_KEY,
CLERK_JWT_KEY and so on; the CLERK_ variables of your shell and of .env are kept
from it. With --base-url nothing is started: the server must trust the issuer
whose --issuer-state is given, or you give a token, with which less can be tried.

Which routes. Those of --route and --public-route; or every operation of --spec,
whose "security" says what is public; or those that the source registers with Gin,
Echo, Fiber, Chi or net/http, all of which must refuse strangers unless their name
is a usual public one (/healthz, /login, ...) or --public-route names them.

What is never done. Methods that write (POST, PUT, PATCH, DELETE) are called with
credentials that must be refused, or with none, and never with a valid token,
unless you name the route with --route or --admin-route. If such a route is in fact
open, that call goes through: try a development server. --webhook-route gets one
genuine message, about a user that does not exist.

Exit codes: 0 nothing failed, 1 something did or the server did not come up, 2
wrong use. "not tried" rows say what it would take; they do not fail.
`
