package devclerk

import "net/http"

// metadata are the three kinds of metadata; organizations and memberships have
// no unsafe one.
type metadata struct{ public, private, unsafe Claims }

func newMetadata(public, private, unsafe Claims) metadata {
	object := func(m Claims) Claims { return merge(nil, m) } // never null, and not the caller's
	return metadata{object(public), object(private), object(unsafe)}
}

// write changes the kinds that the body has. A nil answer is success.
func (m *metadata) write(body Claims, change func(old, value Claims) Claims) *answer {
	kinds := map[string]*Claims{"public_metadata": &m.public, "private_metadata": &m.private, "unsafe_metadata": &m.unsafe}
	for name := range kinds {
		if _, isObject := body[name].(Claims); !isObject && body[name] != nil {
			a := failed(http.StatusUnprocessableEntity, "form_param_format_invalid", name+" must be an object.")
			return &a
		}
	}
	for name, kind := range kinds {
		if value, given := body[name].(Claims); given {
			*kind = change(*kind, value)
		}
	}
	return nil
}

// replace is a change of metadata to the new value alone.
func replace(_, value Claims) Claims { return value }

// merge lays value over old at every depth; null deletes.
func merge(old, value Claims) Claims {
	result := make(Claims, len(old)+len(value))
	for name, v := range old {
		result[name] = v
	}
	for name, v := range value {
		switch v := v.(type) {
		case nil:
			delete(result, name)
		case Claims:
			below, _ := result[name].(Claims)
			result[name] = merge(below, v)
		default:
			result[name] = v
		}
	}
	return result
}
