package routetable

import (
	"reflect"
	"unsafe"
)

// set changes a value that is behind an unexported field, which reflect alone does
// not do. place is addressable, and value has its type.
func set(place, value reflect.Value) {
	reflect.NewAt(place.Type(), unsafe.Pointer(place.UnsafeAddr())).Elem().Set(value)
}
