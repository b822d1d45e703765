package routetable

import "reflect"

// openGin replaces the last handler of every route. Gin's table has no exported
// way to it.
func (t *Table) openGin(engine reflect.Value) error {
	t.syntax = colonSyntax
	trees := engine.Elem().FieldByName("trees")
	if !trees.IsValid() || trees.Kind() != reflect.Slice {
		return changed("Gin", "Engine.trees")
	}
	for i := range trees.Len() {
		method, root := trees.Index(i).FieldByName("method"), trees.Index(i).FieldByName("root")
		if !method.IsValid() || method.Kind() != reflect.String || !root.IsValid() || root.Kind() != reflect.Pointer {
			return changed("Gin", "methodTree")
		}
		if err := t.ginNode(method.String(), "", root); err != nil {
			return err
		}
	}
	listed := engine.MethodByName("Routes")
	if !listed.IsValid() || listed.Type().NumIn() != 0 || listed.Call(nil)[0].Len() != len(t.Routes) {
		return changed("Gin", "Engine.Routes")
	}
	return nil
}

func (t *Table) ginNode(method, prefix string, node reflect.Value) error {
	node = node.Elem()
	path, handlers, children := node.FieldByName("path"), node.FieldByName("handlers"), node.FieldByName("children")
	if !path.IsValid() || path.Kind() != reflect.String || !handlers.IsValid() || handlers.Kind() != reflect.Slice ||
		handlers.Type().Elem().Kind() != reflect.Func || !children.IsValid() || children.Kind() != reflect.Slice {
		return changed("Gin", "node")
	}
	prefix += path.String()
	if n := handlers.Len(); n > 0 {
		route := &Route{Method: method, Path: prefix}
		t.Routes = append(t.Routes, route)
		if last := handlers.Index(n - 1); isCheck(last) {
			route.Problem = checkIsLast
		} else {
			set(last, t.stub(last.Type(), route))
		}
	}
	for i := range children.Len() {
		if err := t.ginNode(method, prefix, children.Index(i)); err != nil {
			return err
		}
	}
	return nil
}
