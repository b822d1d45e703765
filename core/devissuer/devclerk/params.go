package devclerk

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// page is the part of a list that a request asks for.
type page struct{ limit, offset int }

// query reads limit and offset, and checks that the stand-in knows all other
// parameters: a filter that is ignored would give a wrong list. A nil answer is
// success.
func query(r *http.Request, known ...string) (page, *answer) {
	p := page{limit: 10}
	values := r.URL.Query()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var number *int
		switch name {
		case "limit":
			number = &p.limit
		case "offset":
			number = &p.offset
		default:
			if !slices.Contains(known, name) {
				a := notBuilt("the query parameter " + strconv.Quote(name))
				return p, &a
			}
			continue
		}
		n, err := strconv.Atoi(values.Get(name))
		if err != nil {
			a := failed(http.StatusUnprocessableEntity, "form_param_format_invalid", name+" must be a number.")
			return p, &a
		}
		*number = n
	}
	if p.limit < 1 || p.limit > 500 || p.offset < 0 {
		a := failed(http.StatusUnprocessableEntity, "form_param_value_invalid", "limit must be 1 to 500, and offset must not be negative.")
		return p, &a
	}
	return p, nil
}

// of returns the page of a list.
func of[T any](p page, list []T) []T {
	list = list[min(p.offset, len(list)):]
	return list[:min(p.limit, len(list))]
}

// paginated is a page of a list in Clerk's usual form.
func paginated[T interface{ json() Claims }](p page, list []T) answer {
	data := []Claims{}
	for _, item := range of(p, list) {
		data = append(data, item.json())
	}
	return found(Claims{"data": data, "total_count": len(list)})
}

// unknownMember is the answer to the first member of the body that the stand-in
// does not know, nil when it knows all.
func unknownMember(body Claims, known ...string) *answer {
	for _, name := range slices.Sorted(maps.Keys(body)) {
		if !slices.Contains(known, name) {
			a := notBuilt("the parameter " + strconv.Quote(name) + " here")
			return &a
		}
	}
	return nil
}

// text sets target to a member of the body, where there is one. It reports false
// for a member that is neither text nor null.
func text(body Claims, name string, target *string) bool {
	value, given := body[name]
	if !given {
		return true
	}
	s, ok := value.(string)
	if ok || value == nil {
		*target = s
	}
	return ok || value == nil
}

// matches reports whether value is one of the parameter's values, true without
// the parameter.
func matches(r *http.Request, name string, values ...string) bool {
	wanted := r.URL.Query()[name]
	return len(wanted) == 0 || slices.ContainsFunc(values, func(v string) bool { return v != "" && slices.Contains(wanted, v) })
}

// orNull is the text, or null when it is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
