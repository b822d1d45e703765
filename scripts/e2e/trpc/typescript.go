package trpc

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

const head = `// Code generated from the Go procedures by trpc.Router.TypeScript. DO NOT EDIT.
import type { TRPCBuiltRouter, TRPCDefaultErrorShape, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server';

type Query<In, Out> = TRPCQueryProcedure<{ input: In; output: Out; meta: object }>;
type Mutation<In, Out> = TRPCMutationProcedure<{ input: In; output: Out; meta: object }>;

// What the Go handler says of an error beside tRPC's own members.
interface ErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorShape['data'] & { retryAfter?: number; scope?: string };
}

type Root = { ctx: object; meta: object; errorShape: ErrorShape; transformer: false };

export type AppRouter = TRPCBuiltRouter<Root, `

// TypeScript returns the module that has the router's type, AppRouter, for the
// clients. It needs the types of @trpc/server there and none of its code. Types
// that marshal themselves are unknown, but for those of text (string) and [None].
func (r *Router) TypeScript() string {
	tree := map[string]any{}
	for _, path := range slices.Sorted(maps.Keys(r.procedures)) {
		at, names := tree, strings.Split(path, ".")
		for _, name := range names[:len(names)-1] {
			below, ok := at[name].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[name] = below
			}
			at = below
		}
		p := r.procedures[path]
		kind, in := "Query", typeName(p.in, nil)
		if p.mutation {
			kind = "Mutation"
		}
		switch {
		case p.in == reflect.TypeFor[None]():
			in = "void"
		case p.in.Kind() == reflect.Pointer:
			in = typeName(p.in.Elem(), nil) + " | void"
		}
		at[names[len(names)-1]] = fmt.Sprintf("%s<%s, %s>", kind, in, typeName(p.out, nil))
	}
	var b strings.Builder
	b.WriteString(head)
	writeTree(&b, tree, "")
	b.WriteString(">;\n")
	return b.String()
}

func writeTree(b *strings.Builder, tree map[string]any, indent string) {
	b.WriteString("{\n")
	for _, name := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(b, "%s  %s: ", indent, name)
		if below, ok := tree[name].(map[string]any); ok {
			writeTree(b, below, indent+"  ")
		} else {
			fmt.Fprint(b, tree[name])
		}
		b.WriteString(";\n")
	}
	b.WriteString(indent + "}")
}

// typeName is the TypeScript type of what encoding/json makes of t. within are
// the structs around it: one that contains itself cannot be written in place.
func typeName(t reflect.Type, within []reflect.Type) string {
	switch {
	case t == reflect.TypeFor[None]():
		return "null"
	case t == reflect.TypeFor[time.Time]():
		return "string"
	case t.Implements(reflect.TypeFor[json.Marshaler]()) || slices.Contains(within, t):
		return "unknown"
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return "string"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Pointer:
		return typeName(t.Elem(), within) + " | null"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string" // base64
		}
		return "Array<" + typeName(t.Elem(), within) + ">"
	case reflect.Map:
		return "Record<string, " + typeName(t.Elem(), within) + ">"
	case reflect.Struct:
		var members []string
		for _, f := range reflect.VisibleFields(t) {
			tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || f.Anonymous && tag == "" || tag == "-" {
				continue
			}
			if tag == "" {
				tag = f.Name
			}
			optional := ""
			if strings.Contains(options, "omit") {
				optional = "?"
			}
			members = append(members, fmt.Sprintf("%q%s: %s", tag, optional, typeName(f.Type, append(within, t))))
		}
		return "{ " + strings.Join(members, "; ") + " }"
	}
	return "unknown"
}
