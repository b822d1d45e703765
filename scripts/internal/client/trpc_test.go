package client

import (
	"strings"
	"testing"
)

func TestTRPCSpec(t *testing.T) {
	project(t, map[string]string{"openapi.yaml": notesSpec})
	if r := run(t, &fakeTools{}, "", "trpc web/api"); r.code != 0 {
		t.Fatalf("got %d: %s", r.code, r.err)
	}
	for file, want := range map[string]string{
		"src/procedures.ts": "  getNotes: ['get', '/notes'],\n  postNotes: ['post', '/notes'],\n  getNotesItS: ['get', '/notes/it\\'s'],\n",
		"src/operations.ts": "['GET', '/status', 'none']",
		"package.json":      `"openapi-fetch": "` + versions["openapi-fetch"] + `"`,
		"README.md":         "createTRPCContext<AppRouter>()",
		"src/rest.ts":       "restLink",
		"src/schema.ts":     "interface paths",
	} {
		if text := get(t, "web/api/"+file); !strings.Contains(text, want) {
			t.Errorf("%s lacks %s:\n%s", file, want, text)
		}
	}
	if r := run(t, &fakeTools{}, "", "trpc web/api --spec openapi.yaml --router x"); r.code != 2 || !strings.Contains(r.err, "give one") {
		t.Errorf("with both: got %d: %s", r.code, r.err)
	}
}

func TestProcedureNames(t *testing.T) {
	s := parsed(t, []byte(`openapi: 3.1.0
paths:
  /a: {get: {operationId: listThings}, post: {operationId: "create thing"}}
  /a/{id}: {get: {operationId: things.Get}, put: {}, delete: {operationId: then}}
  /a/{id}/b-c: {get: {operationId: same}, post: {operationId: same}}
  /b: {get: {operationId: getAByIdBC}, post: {requestBody: {content: {text/csv: {}}}}}
  /c: {$ref: "#/components/pathItems/C"}
  /d: {post: {requestBody: {$ref: "#/components/requestBodies/D"}}, put: {requestBody: {content: {multipart/form-data: {}}}}}
  /e: {get: {operationId: "überall"}, post: {operationId: "1st"}, put: {operationId: "..."}}
components:
  pathItems: {C: {get: {operationId: ThroughARef}}}
  requestBodies: {D: {content: {application/octet-stream: {}, application/pdf: {}}}}
`))
	got := proceduresTS(s.procedures())
	want := `/** The API's operations by name: method and path. */
export const procedures = {
  listThings: ['get', '/a'],
  createThing: ['post', '/a'],
  _then: ['delete', '/a/{id}'],
  thingsGet: ['get', '/a/{id}'],
  putAById: ['put', '/a/{id}'],
  getAByIdBC2: ['get', '/a/{id}/b-c'],
  postAByIdBC: ['post', '/a/{id}/b-c'],
  getAByIdBC: ['get', '/b'],
  postB: ['post', '/b'],
  throughARef: ['get', '/c'],
  postD: ['post', '/d'],
  putD: ['put', '/d'],
  berall: ['get', '/e'],
  _1st: ['post', '/e'],
  putE: ['put', '/e'],
} as const;
`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestTRPCRouter(t *testing.T) {
	const types = "import type { TRPCBuiltRouter } from '@trpc/server';\nexport type AppRouter = TRPCBuiltRouter<never, {}>;\n"
	for _, row := range []struct {
		name, args string
		code       int
		file, want string // of what is written, or said
	}{
		{"types that stand alone are copied", "trpc out --router types.ts", 0, "out/src/router.ts", "TRPCBuiltRouter<never"},
		{"a package is named", "trpc out --router @acme/server", 0, "out/src/router.ts", "export type { AppRouter } from '@acme/server';"},
		{"the package has to be there", "trpc out --router @acme/server", 0, "", "has to be installed beside this client"},
		{"code with neighbours", "trpc out --router server/router.ts", 2, "", "imports ./db"},
		{"code that loads others", "trpc out --router loads.ts", 2, "", "imports more than types"},
		{"code with neighbours, for a front end", "trpc web/api.ts --router server/router.ts", 0, "web/api.router.ts", "from '../server/router';"},
		{"types that stand alone, for a front end", "trpc web/api.ts --router web/types.d.ts", 0, "web/api.router.ts", "TRPCBuiltRouter<never"},
		{"a package, for a front end", "trpc web/api.ts --router @acme/server", 0, "web/api.ts", "export type { AppRouter } from './api.router';"},
		{"no file", "trpc out --router ./nothing.ts", 2, "", "there is no file ./nothing.ts"},
		{"another file", "trpc out --router other.ts", 1, "", "has no AppRouter"},
	} {
		t.Run(row.name, func(t *testing.T) {
			project(t, map[string]string{
				"types.ts": types, "web/types.d.ts": types, "other.ts": "export {};\n",
				"server/router.ts": "import type { Db } from './db';\n" + types,
				"loads.ts":         "import { initTRPC } from '@trpc/server';\nexport type AppRouter = ReturnType<typeof initTRPC>;\n",
			})
			r := run(t, &fakeTools{}, "", row.args)
			text := r.out + r.err
			if r.code == 0 && row.file != "" {
				text = get(t, row.file)
			}
			if r.code != row.code || !strings.Contains(text, row.want) {
				t.Errorf("got %d and %s\nwant %d and %s", r.code, text, row.code, row.want)
			}
		})
	}
}
